"""What deployment files declare: how a service is run, on which images, how it is watched.

`paths` says which files do not count, `data` walks parsed documents, `rows` reads YAML that is not
parsed (templates, images) line by line. `dockerfiles` and `images` name the images that are used,
`serving` and `rollout` say how a model is served, `alerts`, `watches` and `instruments` what watches
it, `objectives` what it promises. Text and plain data in, frozen results out: nothing is opened or
run. A file that is not what its name says raises ValueError, with `line` where it is known.
"""
