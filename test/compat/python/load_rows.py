"""Reads data files with `datasets`, and prints each one's rows as JSON lines, values as they are: `load_rows.py <folder> <name>...`."""

import json
import pathlib
import sys

from datasets import Features, Value, load_dataset

BUILDERS = {"jsonl": "json", "json": "json", "csv": "csv", "tsv": "csv", "parquet": "parquet"}


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:]:
        form = next(part for part in name.split(".") if part in BUILDERS)
        # Ours are texts, and an empty field is an empty text.
        texts = Features({"instruction": Value("string"), "output": Value("string")})
        options = {"features": texts, "keep_default_na": False} if BUILDERS[form] == "csv" else {}
        if form == "tsv":
            options["sep"] = "\t"
        rows = load_dataset(
            BUILDERS[form], data_files=str(folder / name), split="train", cache_dir=str(folder / "datasets"), **options
        )
        (folder / f"{name}.rows").write_text("".join(json.dumps(row) + "\n" for row in rows))


main()
