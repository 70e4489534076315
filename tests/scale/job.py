"""Prints what a manifest's one container runs, its environment, and how many there are, as JSON."""

import json
import sys

import yaml

with open(sys.argv[1]) as file:
    job = yaml.safe_load(file)
spec = job["spec"]
(container,) = spec["template"]["spec"]["containers"]
print(
    json.dumps(
        {
            "completions": spec["completions"],
            "command": container["command"] + container["args"],
            "env": {it["name"]: it["value"] for it in container["env"]},
        }
    )
)
