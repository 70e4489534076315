//! What faults do to the systems themselves, at their times.

use std::sync::Arc;

use channel_mocks::warehouse::Warehouse;

use super::SessionFaults;
use crate::realtime::clock::PlatformClock;
use crate::realtime::pacing::SystemClosed;
use crate::serve::ledger_task::LedgerInput;
use crate::serve::session::Shop;
use crate::serve::system_task::SystemHandle;
use crate::stage::faults::FaultAct;
use crate::world::{ChannelIndex, SkuIndex};

/// Carries what begins and ends to the systems.
pub(in crate::serve) struct FaultTask {
    pub faults: Arc<SessionFaults>,
    pub shops: Vec<SystemHandle<Shop>>,
    pub warehouse: SystemHandle<Warehouse>,
    pub clock: Arc<PlatformClock>,
}

impl FaultTask {
    /// Until the systems are gone.
    pub async fn run(self) {
        while self.step().await.is_ok() {}
    }

    /// Waits for the next begin or end, and carries it out.
    async fn step(&self) -> Result<(), SystemClosed> {
        let changed = self.faults.changed.notified();
        match self.faults.poll_timeout() {
            None => {
                changed.await;
                return Ok(());
            }
            Some(at) => {
                tokio::select! {
                    () = self.clock.sleep_until(at) => {}
                    () = changed => return Ok(()),
                }
            }
        }
        count(&self.faults, &self.shops, &self.warehouse).await?;
        for act in self.faults.wake(self.clock.now()) {
            self.carry_out(act).await?;
        }
        Ok(())
    }

    async fn carry_out(&self, act: FaultAct) -> Result<(), SystemClosed> {
        let faults = self.faults.clone();
        match self.shops.get(usize::from(act.place)) {
            Some(shop) => {
                let channel = Some(ChannelIndex(act.place));
                let perform = move |shop: &mut Shop, now| {
                    let mut wrong = Vec::new();
                    let mut miscounts = |sku, units| wrong.push(bad_count(channel, sku, units));
                    let done = act.perform(shop, now, &mut miscounts);
                    faults.done(&act, done);
                    ((), wrong)
                };
                shop.act_and_record(perform).await
            }
            None => {
                let perform = move |warehouse: &mut Warehouse, now| {
                    let mut wrong = Vec::new();
                    let mut miscounts = |sku, units| wrong.push(bad_count(None, sku, units));
                    let done = act.perform_on_warehouse(warehouse, now, &mut miscounts);
                    faults.done(&act, done);
                    ((), wrong)
                };
                self.warehouse.act_and_record(perform).await
            }
        }
    }
}

fn bad_count(channel: Option<ChannelIndex>, sku: u32, units: i64) -> LedgerInput {
    LedgerInput::BadCount {
        channel,
        sku: SkuIndex(sku),
        units,
    }
}

/// Takes over what the platforms have counted of their own misbehaviour.
pub(in crate::serve) async fn count(
    faults: &Arc<SessionFaults>,
    shops: &[SystemHandle<Shop>],
    warehouse: &SystemHandle<Warehouse>,
) -> Result<(), SystemClosed> {
    for (place, shop) in (0u16..).zip(shops) {
        let faults = faults.clone();
        shop.act(move |shop, _| faults.counted(place, &shop.fault_counts()))
            .await?;
    }
    let (faults, place) = (faults.clone(), shops.len() as u16);
    warehouse
        .act(move |warehouse, _| faults.counted(place, &warehouse.fault_counts()))
        .await
}
