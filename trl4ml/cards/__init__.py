"""What a model card, a datasheet or a TRL card says, section by section.

`sections` reads Markdown by a Form into a Card; `mitchell` and `gebru` are two forms, `croissant`
reads the metadata of that name into the second; `trl` reads TRL cards with their summary table.
`topics` reads a card of elsewhere by what it is about, `claims` the numbers it states and whether they
agree with others. `front` asks the front matter of Hugging Face, `readiness` the band of data, `names`
the path. `markdown` and `words` are what they share. Text and plain data in, frozen results out: nothing
is opened. What is not Croissant raises ValueError.
"""
