#!/usr/bin/env python3
"""Makes shopify-not-simulated.graphql: what the platform's types have beyond shopify.graphql.

usage: from_introspection.py INTROSPECTION.json > shopify-not-simulated.graphql

INTROSPECTION.json is the answer to the introspection query of one version (here 2026-04), as the npm package
@shopify/dev-mcp carries it. Names and types are taken over, no descriptions. Of the types that shopify.graphql has, every
field, argument, member, value and interface is there, and of the types one step away from those as well, unless FEW names
them; of the types two steps away, the fields whose types are there anyway.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# What is served in the version that the introspection is of.
SERVED = ("shopify.graphql", "shopify-from-2026-01.graphql", "shopify-from-2026-04.graphql", "shopify-before-2026-10.graphql")
ROOTS = ("QueryRoot", "Mutation")
# Types far from what is simulated, of which the fields are there whose types are there anyway: the file stays small.
FEW = {
    "AppFeedback", "Article", "AvailableChannelDefinitionsByChannel", "BusinessEntity", "ChannelInformation", "CustomerPaymentMethod",
    "Domain", "Market", "PointOfSaleDevice", "Publication", "ResourceAlert", "ShopAlert", "StaffMember", "StoreCreditAccount",
    "SubscriptionContract",
}


def text(ty):
    if ty["kind"] == "NON_NULL":
        return text(ty["ofType"]) + "!"
    if ty["kind"] == "LIST":
        return "[" + text(ty["ofType"]) + "]"
    return ty["name"]


def inner(ty):
    while ty.get("ofType"):
        ty = ty["ofType"]
    return ty["name"]


def written(sdl):
    """What a schema file has: kind and names of members by type, arguments by type and field."""
    types, arguments = {}, {}
    sdl = re.sub(r'""".*?"""', "", sdl, flags=re.S)
    sdl = re.sub(r"^\s*#.*$", "", sdl, flags=re.M)
    for match in re.finditer(r"^(?:extend )?(type|interface|input|enum|union|scalar) (\w+)([^{\n]*)(?:\{(.*?)\})?\s*$", sdl, re.M | re.S):
        kind, name, head, body = match.groups()
        body = re.sub(r'@deprecated\(reason: "[^"]*"\)', "", body or "")
        members = {}
        if kind == "enum":
            members = {value: None for value in body.split()}
        else:
            for field in re.finditer(r"(\w+)\s*(?:\(([^)]*)\))?\s*:", re.sub(r"\(([^)]*)\)", lambda m: "(" + m[1].replace(":", "\0") + ")", body)):
                members[field[1]] = None
                arguments.setdefault((name, field[1]), []).extend(re.findall(r"(\w+)\0", field[2] or ""))
        if kind == "union":
            members = {m: None for m in re.findall(r"\w+", head)}
        interfaces = re.findall(r"\w+", head.partition("implements")[2]) if "implements" in head else []
        _, old_members, old_interfaces = types.get(name, (kind, {}, []))
        types[name] = (kind, old_members | members, old_interfaces + interfaces)
    return types, arguments


def main():
    schema = json.load(open(sys.argv[1]))
    schema = schema.get("data", schema)["__schema"]
    T = {ty["name"]: ty for ty in schema["types"]}
    sdl = "\n".join(open(os.path.join(HERE, name)).read() for name in SERVED)
    known, known_arguments = written(sdl)
    builtin = {"String", "Int", "Float", "Boolean", "ID"}
    keep = set(known) | builtin
    step = set()

    def want(name, into):
        """A type, and what a connection or an edge is only the way to."""
        if name in keep or name in into:
            return
        into.add(name)
        ty = T[name]
        if name.endswith(("Connection", "Edge")):
            for field in ty["fields"]:
                want(inner(field["type"]), into)
        if ty["kind"] == "UNION":
            for member in ty["possibleTypes"]:
                want(member["name"], into)
        if ty["kind"] == "INPUT_OBJECT":
            for field in ty["inputFields"]:
                want(inner(field["type"]), into)

    def fields_of(name):
        ty = T[name]
        for field in ty["fields"] or []:
            if name in ROOTS and field["name"] not in known[name][1]:
                continue
            yield field

    for name in sorted(known):
        if name not in T or (name not in ROOTS and T[name]["kind"] not in ("OBJECT", "INTERFACE", "INPUT_OBJECT", "UNION")):
            continue
        ty = T[name]
        for field in fields_of(name):
            want(inner(field["type"]), step)
            for argument in field["args"]:
                want(inner(argument["type"]), step)
        for field in ty["inputFields"] or []:
            want(inner(field["type"]), step)
        for interface in ty["interfaces"] or []:
            want(interface["name"], step)
        for member in (ty["possibleTypes"] or []) if ty["kind"] == "UNION" else []:
            want(member["name"], step)
    # A served mutation answers with a payload whose members are there as well.
    for root in ROOTS:
        for field in fields_of(root):
            payload = T[inner(field["type"])]
            for member in payload["fields"] or []:
                want(inner(member["type"]), step)
    keep |= step
    whole = set()
    for name in sorted(step - FEW):
        for field in T[name]["fields"] or []:
            want(inner(field["type"]), whole)
            for argument in field["args"]:
                want(inner(argument["type"]), whole)
        for interface in T[name]["interfaces"] or []:
            want(interface["name"], whole)
    step |= whole
    keep |= whole
    # Values of enums and members of inputs that arguments of kept fields need.
    changed = True
    while changed:
        changed = False
        for name in sorted(step):
            for field in T[name]["fields"] or []:
                if inner(field["type"]) in keep or T[inner(field["type"])]["kind"] in ("ENUM", "SCALAR"):
                    needed = {inner(field["type"])} | {inner(a["type"]) for a in field["args"]}
                    for one in needed:
                        if one not in keep:
                            found = set()
                            want(one, found)
                            keep.update(found)
                            step.update(found)
                            changed = True

    # What would be left without fields leads on to what its fields are of.
    for name in sorted(whole & keep):
        fields = T[name]["fields"] or []
        if T[name]["kind"] == "OBJECT" and not any(inner(field["type"]) in keep for field in fields):
            found = set()
            for field in fields:
                want(inner(field["type"]), found)
            step |= found
            keep |= found

    # A type that would be left without fields is not there, nor what has it.
    empty = True
    while empty:
        def stays(field):
            return inner(field["type"]) in keep and all(inner(a["type"]) in keep for a in field["args"])
        empty = {n for n in step & keep if T[n]["kind"] in ("OBJECT", "INTERFACE") and not any(map(stays, T[n]["fields"]))}
        empty |= {n for n in step & keep if T[n]["kind"] == "UNION" and not any(p["name"] in keep for p in T[n]["possibleTypes"])}
        keep -= empty

    def deprecated(it):
        if not it.get("isDeprecated"):
            return ""
        return " @deprecated"

    def value(it):
        default = it.get("defaultValue")
        return f'{it["name"]}: {text(it["type"])}' + (f" = {default}" if default is not None else "") + deprecated(it)

    def line(name, field, arguments, interesting):
        shown = f'({", ".join(value(a) for a in arguments)})' if arguments else ""
        return f'  {field["name"]}{shown}: {text(field["type"])}{deprecated(field)}'

    print("# What the platform's types of version 2026-04 have beyond shopify.graphql. Made by from_introspection.py; not")
    print("# edited by hand. Whatever is asked for here is answered with null, an empty list or a neutral value, and counted.")
    words = {"OBJECT": "type", "INTERFACE": "interface", "INPUT_OBJECT": "input", "ENUM": "enum", "UNION": "union", "SCALAR": "scalar"}
    for name in sorted(keep - builtin):
        ty = T.get(name)
        if ty is None:
            continue
        old = known.get(name)
        has = old[1] if old else {}
        word = ("extend " if old else "") + words[ty["kind"]]
        lines = []
        if ty["kind"] in ("OBJECT", "INTERFACE"):
            for field in fields_of(name):
                old_arguments = known_arguments.get((name, field["name"]), [])
                if field["name"] in has:
                    arguments = [a for a in field["args"] if a["name"] not in old_arguments]
                    arguments = [a for a in arguments if inner(a["type"]) in keep]
                    if arguments:
                        lines.append(line(name, field, arguments, True))
                elif inner(field["type"]) in keep and all(inner(a["type"]) in keep for a in field["args"]):
                    lines.append(line(name, field, field["args"], False))
        elif ty["kind"] == "INPUT_OBJECT":
            lines = ["  " + value(f) for f in ty["inputFields"] if f["name"] not in has and inner(f["type"]) in keep]
        elif ty["kind"] == "ENUM":
            lines = ["  " + v["name"] + deprecated(v) for v in ty["enumValues"] if v["name"] not in has]
        interfaces = [i["name"] for i in ty["interfaces"] or [] if i["name"] in keep and i["name"] not in (old[2] if old else [])]
        head = f" implements {' & '.join(interfaces)}" if interfaces and ty["kind"] == "OBJECT" else ""
        if ty["kind"] == "UNION":
            members = [p["name"] for p in ty["possibleTypes"] if p["name"] in keep and p["name"] not in has]
            if members:
                print(f"{word} {name} = {' | '.join(members)}")
        elif ty["kind"] == "SCALAR":
            if not old:
                print(f"scalar {name}")
        elif lines or head or not old:
            body = " {\n" + "\n".join(lines) + "\n}" if lines else ""
            print(f"{word} {name}{head}{body}")


main()
