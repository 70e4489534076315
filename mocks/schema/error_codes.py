#!/usr/bin/env python3
"""Makes shopify-error-codes.txt: the codes of user errors that the platform publishes, by version.

usage: error_codes.py 2026-01=INTROSPECTION.json ... > shopify-error-codes.txt

Each INTROSPECTION.json is the answer to the introspection query of one version, as the npm package @shopify/dev-mcp carries it.
Of the enums that shopify.graphql has, each is there with the first version and with every one that changed it; an enum that a
version lacks is there without codes.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    served = re.findall(r"^enum (\w+ErrorCode) ", open(os.path.join(HERE, "shopify.graphql")).read(), re.M)
    before = {}
    print("# The codes of user errors that the platform publishes: first version, enum, codes. Made by error_codes.py.")
    for version, path in sorted(argument.split("=", 1) for argument in sys.argv[1:]):
        schema = json.load(open(path))
        schema = schema.get("data", schema)["__schema"]
        types = {ty["name"]: ty for ty in schema["types"]}
        for name in sorted(served):
            codes = sorted(value["name"] for value in types.get(name, {}).get("enumValues") or [])
            if before.get(name) != codes:
                before[name] = codes
                print(" ".join([version, name, *codes]))


main()
