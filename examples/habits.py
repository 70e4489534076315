#!/usr/bin/env python3
"""Habits of real sync engines that oversell, each on Shopify shops, to see what `simulate explain` says of them.

    simulate --scenario FILE --engine-command "python3 examples/habits.py HABIT"

    echo             each shop's count is copied to the other shops whenever a shop tells that it changed, so that two shops
                     write each other's old counts
    compare-and-set  a write carries the count of the time when it was wanted; it is compared with what the shop shows at
                     the last moment, which always fits, and so guards nothing
    old-jobs         a slow worker takes jobs, each of which holds the count of the time when it was made
    own-pace         counts are up to date, but leave at two a second, one SKU a call, all SKUs in turn

The rest is examples/mirror_engine.py.
"""

import json
import sys
from collections import deque

from mirror_engine import SECOND, Harness, Mirror, Shopify


class Echo(Shopify):
    rows_per_write = 1

    def __init__(self, engine, config):
        super().__init__(engine, config)
        self.copied = {}

    def set_up(self):
        super().set_up()
        subscribe = (
            "mutation($subscription:WebhookSubscriptionInput!){webhookSubscriptionCreate"
            "(topic:INVENTORY_LEVELS_UPDATE,webhookSubscription:$subscription){userErrors{message}}}"
        )
        hook = {"uri": self.config["callback_url"], "format": "JSON"}
        self.api.add(lambda: self.graphql(subscribe, subscription=hook), lambda data: None)

    def touch(self, sku):
        if sku not in self.copied:
            super().touch(sku)  # The first count of all is the stock.

    def count(self, sku):
        return self.copied.get(sku, super().count(sku))

    def delivered(self, headers, body):
        if "inventory" not in headers.get("x-shopify-topic", ""):
            return super().delivered(headers, body)
        level = json.loads(body)
        skus = [sku for sku, item in self.items.items() if item.endswith(f"/{level['inventory_item_id']}")]
        for sku in skus:
            for shop in self.engine.channels.values():
                if shop is not self and shop.ready and shop.shown_last(sku) != level["available"]:
                    shop.copied[sku] = level["available"]
                    Shopify.touch(shop, sku)
        return True

    def shown_last(self, sku):
        return self.copied.get(sku)


class Carrying(Shopify):
    """A shop whose writes carry another count than today's."""

    carried = None

    def count(self, sku):
        return super().count(sku) if self.carried is None else self.carried

    def write_of(self, sku, units):
        self.carried = units
        request = self.write([sku])
        self.carried = None
        return request


class CompareAndSet(Carrying):
    queue = 15 * SECOND

    def touch(self, sku):
        if not self.ready:
            return super().touch(sku)
        wanted = self.count(sku)
        # The job takes a while to get its turn.
        self.harness.after(self.queue, lambda: self.compare(sku, wanted))

    def compare(self, sku, wanted):
        query = (
            "query($item:ID!,$place:ID!){inventoryItem(id:$item){inventoryLevel(locationId:$place)"
            '{quantities(names:["available"]){quantity}}}}'
        )

        def read(data):
            level = data["data"]["inventoryItem"]["inventoryLevel"]
            shown = level["quantities"][0]["quantity"]
            self.writes.add(lambda: self.write_count(sku, wanted, shown), lambda data: None)

        self.api.add(lambda: self.graphql(query, item=self.items[sku], place=self.location), read)

    def write_count(self, sku, wanted, shown):
        method, path, headers, body = self.write_of(sku, wanted)
        body = json.loads(body)
        body["variables"]["input"]["quantities"][0]["changeFromQuantity"] = shown
        return method, path, headers, json.dumps(body)


class OldJobs(Carrying):
    every = 5 * SECOND

    def touch(self, sku):
        if not self.ready:
            return super().touch(sku)
        self.jobs = getattr(self, "jobs", deque())
        self.jobs.append((sku, self.count(sku)))
        if len(self.jobs) == 1:
            self.harness.after(self.every, self.work)

    def work(self):
        sku, wanted = self.jobs.popleft()
        self.writes.add(lambda: self.write_of(sku, wanted), lambda data: None)
        if self.jobs:
            self.harness.after(self.every, self.work)


class OwnPace(Shopify):
    write_limit = (1, 2)
    rows_per_write = 1

    def get_ready(self):
        super().get_ready()
        self.harness.after(SECOND, self.all_again)

    def all_again(self):
        if not self.dirty:
            for sku in sorted(self.items):
                self.touch(sku)
        self.harness.after(SECOND, self.all_again)


class Habit(Mirror):
    """A mirror of Shopify shops with a habit."""

    def __init__(self, shop, harness, config):
        self.platforms = {"shopify": shop}
        super().__init__(harness, config)


HABITS = {"echo": Echo, "compare-and-set": CompareAndSet, "old-jobs": OldJobs, "own-pace": OwnPace}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in HABITS:
        sys.exit(f"which habit? one of {', '.join(HABITS)}")
    shop = HABITS[sys.argv[1]]
    Harness().run(lambda harness, config: Habit(shop, harness, config))
