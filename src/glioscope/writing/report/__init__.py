"""The report for people: one content, as PDF and HTML.

- `blocks`: what a report is made of, whatever it is written as.
- `chart`: the chart of slice probabilities as SVG, for the page and for paper.
- `comparison`: two studies of a patient compared, as a section and as lines of a table.
- `conclusion`: the result in sentences to be copied.
- `content`: what a report says, and in which order.
- `letters`: what a report cannot show, as marks.
- `html`: `report.html`, one page that needs nothing beside it.
- `identity`: who was scanned, for reports that were asked to say so.
- `lines`: lines that more than one writer shows.
- `pdf`: `report.pdf`, on A4.
- `pdf_page`: the paper: font, notice on every page, tables.
- `slice_labels`: what a slice is called.
- `study_facts`: what was scanned, and how.
- `tables`: tables of lesions, possible misses and slices.
"""
