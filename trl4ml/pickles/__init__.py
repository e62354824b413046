"""What a pickle would import, read from its opcodes and never loaded.

`look` (in `looking`) takes the begin of a file and a way to open it, and gives the names that loading
would import; `containers` unpacks what pickles are kept in, `opcodes` follows one stream of them,
`allowed` says which names are harmless and which run commands or code. Sizes, unpacked sizes and the
number of opcodes are bounded. Nothing is loaded, run or imported.
"""
