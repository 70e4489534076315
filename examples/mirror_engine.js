#!/usr/bin/env node
// A small sync engine for Node.js, over the kit of examples/kit (docs/first-engine.md).
//
//     simulate --scenario flash-sale-10min --engine-command "node examples/mirror_engine.js"
//     simulate fuzz --engine-command "node examples/mirror_engine.js" --fails-on every_order_ingested
//
// It mirrors by polling: every channel shows the whole stock, order lists are read again and again, and whatever was sold
// comes off all counts.

"use strict";

import("./kit/oversell_kit.mjs").then(({ Engine, run }) => {
  /** One count per SKU: what the warehouse had, less everything sold, shown everywhere. */
  class Mirror extends Engine {
    async onChange(sku) {
      for (const channel of this.channels.values()) channel.setQuantity(sku, Math.max(this.left.get(sku), 0));
    }
  }

  return run(Mirror);
});
