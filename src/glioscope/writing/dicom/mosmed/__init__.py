"""Results in the shape that Moscow's centre for radiology asks of services («БФТ»).

Written after what public code quotes of the version of 15.09.2026, and not compared with the
document itself: `docs/reference/mosmed.md` lists each requirement.

- `registration`: how the installation is registered
- `service`: which version worked, and when
- `report`: one SR for each study, in the fixed order of fields
- `series`: one additional series with the outline and what must be burnt in
- `notify`: the messages, of a result and of a study without one
- `results`: all of them in one folder
- `errors`: which category a cause belongs to
- `check`: what of a folder departs from the requirements
"""
