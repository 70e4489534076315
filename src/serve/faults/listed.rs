//! The faults in force as the control API shows them.

use channel_mocks::core::Micros;
use serde::Serialize;

use super::SessionFaults;
use crate::scenario::FOR_EVER;
use crate::scenario::model::Fault;
use crate::stage::faults::Counts;

/// A fault that was set and not taken back, with its window in platform time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedFault {
    /// As it was set.
    pub fault: Fault,
    /// When it begins, seconds.
    pub begins_at_s: f64,
    /// When it is over, seconds; `None` when it lasts until it is taken back.
    pub ends_at_s: Option<f64>,
    /// Whether it can strike now.
    pub is_open: bool,
    /// What was counted of it.
    #[serde(flatten)]
    pub counts: Counts,
}

impl SessionFaults {
    /// The faults in force, in the order in which they were set.
    pub fn listed(&self, now: Micros) -> Vec<ListedFault> {
        let plan = self.plan();
        let all = plan.machine.counts().zip(plan.machine.windows());
        all.skip(plan.first)
            .map(|((fault, counts), (begins_at, ends_at))| {
                let lasts_on =
                    fault.lasts.is_none() && ends_at.since(begins_at) > Micros(FOR_EVER.0 / 2);
                ListedFault {
                    fault: fault.clone(),
                    begins_at_s: begins_at.as_secs_f64(),
                    ends_at_s: (!lasts_on).then(|| ends_at.as_secs_f64()),
                    is_open: begins_at <= now && now < ends_at,
                    counts,
                }
            })
            .collect()
    }
}
