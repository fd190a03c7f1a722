/** Studies as the API tells of them. */

export const RESULT = {
  id: "r",
  created_at: 0,
  decision: "tumour",
  probability: 0.998,
  volume_ml: 46.72,
  volume_low_ml: 38.04,
  volume_high_ml: 57.96,
  change_ml: 3.1,
  change_since: "2026-03-12",
  gate: "fit",
  slices: [0, 3, 99, 40],
};

export const STUDY = {
  id: "s",
  name: "dicom-1",
  patient_id: null,
  patient_name: null,
  accession: null,
  study_date: null,
  received_at: 0,
  urgent: false,
  state: "done",
  stage: null,
  done: 0,
  total: 0,
  cause: null,
  result: RESULT,
  review: null,
  open_by: [],
};
