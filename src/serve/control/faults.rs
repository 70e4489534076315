//! Faults by hand: `[[fault]]` tables as JSON.

use serde_json::{Value, json};

use super::{Control, Outcome, Refusal, json};

impl Control {
    /// The faults in force, with what was counted of them.
    pub(super) async fn faults(&self) -> Outcome {
        let session = self.session()?;
        session.count_faults().await?;
        let now = session.clock.now();
        let faults = session.faults.listed(now);
        json(&json!({"at_s": now.as_secs_f64(), "faults": faults}))
    }

    /// Sets further faults, or others `instead`.
    pub(super) async fn set_faults(&self, tables: &Value, instead: bool) -> Outcome {
        let session = self.session()?;
        session.count_faults().await?;
        let set = session.faults.set(session.clock.now(), tables, instead);
        set.map_err(Refusal::bad)?;
        self.faults().await
    }

    /// Takes every fault back.
    pub(super) async fn clear_faults(&self) -> Outcome {
        let session = self.session()?;
        session.count_faults().await?;
        session.faults.take_back(session.clock.now());
        self.faults().await
    }
}
