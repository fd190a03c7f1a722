"""The report for people: one content, as PDF and HTML.

- `blocks`: what a report is made of, whatever it is written as.
- `chart`: the chart of slice probabilities as SVG, for the page and for paper.
- `comparison`: two studies of a patient compared, as a section and as lines of a table.
- `content`: what a report says, and in which order.
- `letters`: what a report cannot show, as marks.
- `html`: `report.html`, one page that needs nothing beside it.
- `identity`: who was scanned and when, for reports that were asked to say so.
- `lines`: lines that more than one writer shows.
- `pdf`: `report.pdf`, on A4.
- `pdf_page`: the paper: font, notice on every page, tables.
- `tables`: tables of lesions, possible misses and slices.
"""
