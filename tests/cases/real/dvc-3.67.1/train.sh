mkdir -p eval plots
printf '{\n "auc": 0.91, "by": {"sex": {"gap": 0.05}},\n "note": "x", "loss": NaN, "folds": [0.9, 0.92]\n}\n' > eval/metrics.json
printf 'rows: 12\nshare: 0.5\n' > summary.yaml
printf '[train]\nseconds = 1.5\n' > times.toml
printf 'x,y\n1,2\n' > plots/roc.csv
printf 'weights\n' > model.bin
