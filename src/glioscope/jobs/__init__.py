"""Studies that wait for their analysis, and processes that do it: none lost, none done twice.

- `states`: what may become of a job.
- `queue`: the only writer of the job table.
- `ranks`: what the work list says of a job: its place, and what it is sorted by.
- `orders`: what the process of one study is told, and what it answers.
- `child`: that process; ends with its worker.
- `prior`: the earlier result whose lesions are followed.
- `processes`: starts such processes, listens to them, ends them.
- `worker`: claims jobs and has processes do them.
- `storage`: files of studies and results, whole or not at all, on a disk or in an object store.
- `sweep`: clears what killed processes left there.
- `results`: the folder of one result.
- `backup`: everything in one file, and back.
- `intake`: what was handed in, as studies with a job each.
- `wake`: tells workers at once that there is work.
"""
