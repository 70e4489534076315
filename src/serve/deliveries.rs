//! Webhooks on their way from a platform to a receiver, with what goes wrong on it.

use std::sync::Arc;

use channel_mocks::core::{DeliveryOutcome, Micros, Request, Tells};

use super::faults::SessionFaults;
use super::ledger_task::WeakLedgerHandle;
use super::webhooks::WebhookSender;
use crate::realtime::clock::PlatformClock;
use crate::stage::faults::{SignalFate, SignalPassage};
use crate::world::ChannelIndex;

/// Carries the webhooks of one channel.
#[derive(Clone)]
pub(super) struct Delivering {
    pub channel: Option<ChannelIndex>,
    pub clock: Arc<PlatformClock>,
    pub ledger: WeakLedgerHandle,
    pub webhooks: Arc<WebhookSender>,
    pub faults: Arc<SessionFaults>,
}

impl Delivering {
    /// Carries one that left its platform at `now`; what the platform takes it to have come to.
    pub async fn carry(
        self,
        now: Micros,
        fate: SignalFate,
        patience: Micros,
        request: Request,
    ) -> DeliveryOutcome {
        match fate.passage {
            SignalPassage::Lost => DeliveryOutcome::Answered(200),
            SignalPassage::Failed => {
                self.clock.sleep_until(now + patience).await;
                DeliveryOutcome::Failed
            }
            SignalPassage::Arrives => {
                self.hold(now, fate.leaves_at).await;
                self.deliver(patience, request).await
            }
        }
    }

    /// Carries a copy of which the platform knows nothing.
    pub async fn carry_copy(self, now: Micros, at: Micros, patience: Micros, request: Request) {
        self.hold(now, at).await;
        self.deliver(patience, request).await;
    }

    async fn hold(&self, now: Micros, until: Micros) {
        if until > now {
            self.faults.hold(&self.clock, until).await;
        }
    }

    async fn deliver(&self, patience: Micros, mut request: Request) -> DeliveryOutcome {
        if self.ledger.is_closed() {
            // What was held longer than its session lasted has nobody to go to.
            return DeliveryOutcome::Failed;
        }
        let tells = Tells::detach(request.extensions_mut());
        // What struck it stays here; the bytes alone go out.
        let mut marks = Request::default();
        *marks.extensions_mut() = std::mem::take(request.extensions_mut());
        let heard_at = self.clock.now();
        let patience = self.clock.real(patience);
        let outcome = self.webhooks.deliver(request, patience).await;
        if let DeliveryOutcome::Answered(status) = outcome {
            if !marks.extensions().is_empty() {
                self.faults.heard(&mut marks);
            }
            if let Some(tells) = tells {
                let now = self.clock.now();
                let acknowledged = tells.clone();
                self.ledger.told(now, self.channel, heard_at, tells).await;
                if let (Some(channel), 200..=299) = (self.channel, status) {
                    self.ledger.acknowledged(now, channel, acknowledged).await;
                }
            }
        }
        outcome
    }
}
