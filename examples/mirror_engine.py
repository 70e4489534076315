#!/usr/bin/env python3
"""A small sync engine in Python, over the kit of examples/kit (docs/first-engine.md).

    simulate --scenario flash-sale-10min --engine-command "python3 examples/mirror_engine.py"

It mirrors: every channel shows the whole stock, and after each order all of them get the new count. So it sells the
last units more than once, as every mirror does.
"""

from kit.oversell_kit import SECOND, Engine, Harness, Shopify, run

__all__ = ["SECOND", "Harness", "Mirror", "Shopify"]


class Mirror(Engine):
    """One count per SKU: what the warehouse had, less everything sold, shown everywhere."""

    async def on_change(self, sku):
        for channel in self.channels.values():
            channel.set_quantity(sku, max(self.left[sku], 0))


if __name__ == "__main__":
    run(Mirror)
