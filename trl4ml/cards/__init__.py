"""What a model card or a datasheet says, section by section.

`sections` reads Markdown by a Form into a Card; `mitchell` and `gebru` are the two forms, `croissant`
reads the metadata of that name into the second. `front` asks the front matter of Hugging Face,
`readiness` the band of data, `names` the path. `markdown` and `words` are what they share. Text and
plain data in, frozen results out: nothing is opened. What is not Croissant raises ValueError.
"""
