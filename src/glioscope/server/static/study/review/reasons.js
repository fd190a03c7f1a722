/** Why a finding is no tumour of this kind, by the server's codes. */

export const REASONS = [
  "multiple_sclerosis",
  "white_matter_disease",
  "infarct",
  "haemorrhage",
  "infection",
  "metastasis",
  "meningioma",
  "other_tumour",
  "postoperative",
  "artefact",
  "wrong_input",
  "other",
];
