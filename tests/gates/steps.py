"""Prints the shell steps of a workflow's one job, and its environment, as JSON."""

import json
import sys

from ruamel.yaml import YAML

with open(sys.argv[1]) as file:
    workflow = YAML(typ="safe").load(file)
(job,) = workflow["jobs"].values()
steps = [step for step in job["steps"] if "run" in step]
print(json.dumps({"env": job["env"], "steps": steps}))
