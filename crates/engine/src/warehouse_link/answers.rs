//! What the warehouse's answers come to.

use super::*;
use crate::planted::planted;

impl WarehouseLink {
    /// Takes a call's end.
    pub fn answered(
        &mut self,
        now: Micros,
        call: CallId,
        result: Result<Response, CallError>,
        news: &mut Vec<WarehouseNews>,
    ) {
        let Some(pending) = self.calls.remove(call) else {
            return;
        };
        let Pending {
            operation, held, ..
        } = pending;
        self.budget.pay(now, held);
        let mut events = std::mem::take(&mut self.events);
        let mut failed = result.is_err();
        match result {
            Ok(response) => self.client.parse(&operation, &response, &mut events),
            Err(error) => self.coverage.mark(error.point()),
        }
        let mut worth_repeating = true;
        for event in &events {
            match event {
                Event::Throttled { wait } => {
                    self.coverage.mark(CoveragePoint::CallThrottled);
                    self.budget.refused(now, *wait);
                    failed = true;
                }
                Event::Failed { retry, .. } => {
                    failed = true;
                    worth_repeating = *retry;
                    self.coverage.mark(match *retry {
                        true => CoveragePoint::CallFailed,
                        false => CoveragePoint::CallRejected,
                    });
                }
                Event::Quarantined { .. } => {
                    self.coverage.mark(CoveragePoint::CallUnreadable);
                    self.quarantined += 1;
                }
                _ => {}
            }
        }
        if failed {
            self.blocked_until = self
                .blocked_until
                .max(now + FIRST_RETRY.doubled(self.failures, LONGEST_RETRY));
            self.failures += 1;
            self.repeat(operation, worth_repeating);
        } else {
            self.coverage.mark(CoveragePoint::CallAnswered);
            self.failures = 0;
            self.budget.served();
            self.settle(now, operation, &mut events, news);
        }
        events.clear();
        self.events = events;
    }

    /// Every operation here may be repeated without harm (allocations are idempotent by order).
    fn repeat(&mut self, operation: Operation, worth_repeating: bool) {
        match operation {
            Operation::ReadLocations | Operation::ReadStock { .. } => self.stage_under_way = false,
            Operation::ReadChanges { kinds, .. } => self.reader(kinds).reading = false,
            Operation::Allocate { batch } => {
                self.allocating -= 1;
                if worth_repeating {
                    for request in &batch {
                        for line in &request.lines {
                            if let Some(location) = line.location {
                                self.stock.add(line.sku, location, i64::from(line.units));
                            }
                        }
                    }
                    let again = batch.into_iter().rev();
                    for AllocationRequest {
                        channel,
                        order,
                        hold,
                        ..
                    } in again
                    {
                        self.wanted.push_front(AllocationWanted {
                            channel,
                            order,
                            hold,
                            // It has been asked already.
                            patient_until: Micros::ZERO,
                        });
                    }
                }
            }
            Operation::Release { allocations } if worth_repeating => {
                self.releases.extend(allocations)
            }
            Operation::Cancel { allocation } if worth_repeating => {
                self.cancels.push_back(allocation)
            }
            Operation::Reduce {
                channel,
                order,
                allocation,
                ..
            } if worth_repeating => self.want_reduced(channel, order, allocation),
            Operation::Release { .. } | Operation::Cancel { .. } | Operation::Reduce { .. } => {}
        }
    }

    fn settle(
        &mut self,
        now: Micros,
        operation: Operation,
        events: &mut Vec<Event>,
        news: &mut Vec<WarehouseNews>,
    ) {
        let mut read_by = None;
        let mut asked = Vec::new();
        match operation {
            Operation::ReadLocations | Operation::ReadStock { .. } => self.stage_under_way = false,
            Operation::ReadChanges { kinds, .. } => {
                let reader = self.reader(kinds);
                reader.reading = false;
                reader.next_read = now + reader.pause;
                read_by = Some(kinds);
            }
            Operation::Allocate { batch } => {
                self.allocating -= 1;
                asked = batch;
            }
            Operation::Release { .. } | Operation::Cancel { .. } | Operation::Reduce { .. } => {}
        }
        for event in events.drain(..) {
            match event {
                Event::LocationsRead(locations) => self.take_locations(&locations),
                Event::StockLevel(level) => {
                    self.row_versions
                        [level.sku.0 as usize * self.stock.locations() + level.location as usize] =
                        level.version;
                    self.stock.add(level.sku, level.location, level.available);
                }
                Event::StockRead { next, cursor } => {
                    // Changes after the first page's cursor are read again; each row's version tells which it contains.
                    for reader in &mut self.readers {
                        reader.cursor = Some(reader.cursor.map_or(cursor, |it| it.min(cursor)));
                    }
                    self.stage = match next {
                        Some(after) => Stage::ReadingStock(Some(after)),
                        None => {
                            news.push(WarehouseNews::StockKnown);
                            Stage::Ready
                        }
                    };
                }
                Event::Changed(change) => self.take_change(change, news),
                Event::ChangesRead { next, more } => {
                    if let Some(kinds) = read_by {
                        let reader = self.reader(kinds);
                        reader.cursor = reader.cursor.max(Some(next));
                        if more {
                            reader.next_read = now;
                        }
                    }
                }
                Event::Allocated(result) => {
                    let of_order = |request: &&AllocationRequest| {
                        (request.channel, request.order) == (result.channel, result.order)
                    };
                    if let Some(request) = asked.iter().find(of_order) {
                        self.correct_stock(request, &result);
                    }
                    self.take_allocation(&result, news);
                }
                Event::Reduced { .. }
                | Event::Released { .. }
                | Event::UnknownAllocation { .. }
                | Event::Cancelled { .. }
                | Event::Throttled { .. }
                | Event::Failed { .. }
                | Event::Quarantined { .. } => {}
            }
        }
    }

    fn reader(&mut self, kinds: ChangeKinds) -> &mut ChangeReader {
        let position = self.readers.iter().position(|reader| reader.kinds == kinds);
        &mut self.readers[position.expect("only a reader asks for changes")]
    }

    fn take_locations(&mut self, locations: &[crate::connectors::warehouse::Location]) {
        let all = self.channels;
        self.location_codes = locations.iter().map(|it| it.id.clone()).collect();
        let locations: Vec<Location> = locations
            .iter()
            .map(|location| Location {
                first_digits: location
                    .postal_prefixes
                    .iter()
                    .fold(0, |set, digit| set | 1 << digit),
                channels: Some(location.channels.clone()),
                is_shared: location.is_the_merchants && location.channels.len() == all as usize,
            })
            .collect();
        self.row_versions = vec![0; self.skus * locations.len()];
        self.stock = StockView::new(locations, self.skus);
        if self.watches_stock {
            self.stock.watch();
        }
        self.stage = Stage::ReadingStock(None);
    }

    fn take_change(&mut self, change: Change, news: &mut Vec<WarehouseNews>) {
        if change.sequence
            <= self.row_versions
                [change.sku.0 as usize * self.stock.locations() + change.location as usize]
        {
            return;
        }
        match change.kind {
            ChangeKind::Received
            | ChangeKind::Damaged
            | ChangeKind::Recounted
            | ChangeKind::Returned => {
                let before = self.stock.sellable(change.sku);
                let is_shared = self.stock.add(change.sku, change.location, change.units);
                self.freed(change.sku, change.units);
                if is_shared && (change.units != 0 || change.kind == ChangeKind::Recounted) {
                    let counts_twice = match change.kind {
                        ChangeKind::Received => planted!(ReceiptCountedTwice),
                        ChangeKind::Returned => planted!(ReturnCountedTwice),
                        _ => false,
                    };
                    news.push(WarehouseNews::StockChanged(StockChange {
                        sku: change.sku,
                        location: change.location,
                        kind: change.kind,
                        delta: change.units * (1 + i64::from(counts_twice)),
                        before,
                    }));
                }
            }
            ChangeKind::Shipped => {
                let (Some(of), Some(tracking)) = (change.allocation, change.tracking) else {
                    return;
                };
                news.push(WarehouseNews::Shipped {
                    channel: of.channel,
                    order: of.order,
                    line: of.line,
                    sku: change.sku,
                    location: change.location,
                    parcel: Parcel {
                        units: u32::try_from(change.units.unsigned_abs()).unwrap_or(u32::MAX),
                        carrier: tracking.carrier,
                        tracking_number: tracking.number,
                        shipped_at: change.at,
                    },
                });
            }
            // Units of cancelled orders lie at their place again; the order's end was counted when it became known.
            ChangeKind::Deallocated => {
                self.stock.add(change.sku, change.location, change.units);
                self.freed(change.sku, change.units);
                if let Some(of) = change.allocation {
                    news.push(WarehouseNews::Deallocated {
                        channel: of.channel,
                        order: of.order,
                        line: of.line,
                        units: u32::try_from(change.units.unsigned_abs()).unwrap_or(u32::MAX),
                        is_missing: change.is_missing,
                    });
                }
            }
            // The engine's own doing, counted when it was asked for.
            ChangeKind::Allocated => {}
        }
    }

    /// Units were taken from where the engine asked for them as soon as it asked; the warehouse may have served a line
    /// from elsewhere or from several places, or found less.
    fn correct_stock(&mut self, request: &AllocationRequest, result: &AllocationResult) {
        for asked in &request.lines {
            let parts = || result.lines.iter().filter(|part| part.line == asked.line);
            let as_asked = parts().all(|part| part.location == asked.location && part.short == 0);
            if as_asked || parts().next().is_none() {
                continue;
            }
            if let Some(location) = asked.location {
                self.stock.add(asked.sku, location, i64::from(asked.units));
            }
            for part in parts() {
                if let Some(location) = part.location {
                    let units = i64::from(part.units) - i64::from(part.short);
                    self.stock.add(asked.sku, location, -units);
                }
            }
        }
    }

    /// Units have become available: as many orders that wait for them go first.
    fn freed(&mut self, sku: SkuIndex, units: i64) {
        for wanted in self.waiting.take_for(sku, units).into_iter().rev() {
            self.wanted.push_front(wanted);
        }
    }

    fn take_allocation(&mut self, result: &AllocationResult, news: &mut Vec<WarehouseNews>) {
        let short_units = result.lines.iter().map(|line| line.short).sum();
        if let Some(allocation) = result.allocation {
            news.push(WarehouseNews::Allocated {
                channel: result.channel,
                order: result.order,
                allocation,
                short_units,
                lines: if self.watches_stock {
                    result.lines.clone()
                } else {
                    Vec::new()
                },
            });
        }
    }
}
