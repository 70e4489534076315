//! Who does not answer as it should: a person is told once when it begins and once when it is over, and not of the single
//! failures that belong to every day.

use http::StatusCode;

use super::config::EngineFile;
use crate::engine::{CallError, ChannelIndex, Response, Target};

/// So many calls in a row must have failed before anybody is told.
const TOLD_AFTER: u32 = 5;

/// A system that calls go to.
#[derive(Debug)]
struct System {
    /// Its name and address.
    name: String,
    /// Calls in a row that failed.
    failures: u32,
}

/// All of them: the channels in their order, then the warehouse.
#[derive(Debug)]
pub struct Troubles {
    systems: Vec<System>,
}

impl Troubles {
    /// For what a configuration names.
    pub fn new(file: &EngineFile) -> Troubles {
        let channels = file
            .channel
            .iter()
            .map(|channel| format!("channel {} at {}", channel.name, channel.url));
        let warehouse = format!("the warehouse at {}", file.warehouse.url);
        let system = |name| System { name, failures: 0 };
        Troubles {
            systems: channels.chain([warehouse]).map(system).collect(),
        }
    }

    /// Takes note of a call's end. Gives what a person should be told, if there is anything.
    pub fn ended(
        &mut self,
        target: Target,
        result: &Result<Response, CallError>,
    ) -> Option<String> {
        let index = match target {
            Target::Channel(ChannelIndex(index)) => usize::from(index),
            Target::Warehouse => self.systems.len() - 1,
        };
        let system = self.systems.get_mut(index)?;
        let Some(why) = failure(result) else {
            let failures = std::mem::take(&mut system.failures);
            return (failures >= TOLD_AFTER).then(|| format!("{} answers again", system.name));
        };
        system.failures = system.failures.saturating_add(1);
        (system.failures == TOLD_AFTER).then(|| {
            format!(
                "{}: {TOLD_AFTER} calls in a row failed, the last because {why}; look at its address and credentials. They \
                 are repeated until it answers",
                system.name
            )
        })
    }
}

/// Why a call failed, if it did. A limit that refuses a call is no failure: the engine waits and repeats it.
fn failure(result: &Result<Response, CallError>) -> Option<String> {
    match result {
        Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => None,
        Ok(response) if response.status().as_u16() >= 400 => {
            Some(format!("it was answered {}", response.status()))
        }
        Ok(_) => None,
        Err(CallError::TimedOut) => Some("no answer came in time".to_string()),
        Err(CallError::ConnectionLost) => Some("nobody was reached".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Result<Response, CallError> {
        let mut response = Response::new(Vec::new());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        Ok(response)
    }

    #[test]
    fn somebody_is_told_once_when_it_begins_and_once_when_it_is_over() {
        let mut troubles = Troubles {
            systems: ["web", "the warehouse"]
                .map(|name| System {
                    name: name.to_string(),
                    failures: 0,
                })
                .into(),
        };
        let web = Target::Channel(ChannelIndex(0));
        for _ in 0..4 {
            assert_eq!(troubles.ended(web, &Err(CallError::ConnectionLost)), None);
            assert_eq!(troubles.ended(Target::Warehouse, &answer(200)), None);
            assert_eq!(troubles.ended(Target::Warehouse, &answer(503)), None);
        }
        let told = troubles.ended(web, &answer(401)).unwrap();
        assert!(told.starts_with("web: 5 calls in a row failed"), "{told}");
        assert!(told.contains("401 Unauthorized"), "{told}");
        assert_eq!(troubles.ended(web, &answer(401)), None);
        assert_eq!(
            troubles.ended(web, &answer(429)).as_deref(),
            Some("web answers again")
        );
        assert_eq!(troubles.ended(web, &answer(200)), None);
    }
}
