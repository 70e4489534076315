//! Names that strategies had once are taken for those of today, with a notice.

use super::Streams;
use crate::engine::config::Strategy;
use crate::scenario::Loaded;
use crate::scenario::old_names::mentions;

/// Tells, once, that an argument or a file of the scenario uses a name of before.
pub fn notice<'a>(
    texts: impl IntoIterator<Item = &'a String>,
    loaded: Option<&Loaded>,
    streams: &mut Streams,
) {
    let texts: Vec<&String> = texts.into_iter().collect();
    let is_used = |old: &str| {
        texts.iter().any(|text| mentions(text, old)) || loaded.is_some_and(|it| it.uses_name(old))
    };
    let mut olds = Strategy::OLD_NAMES.iter();
    if let Some((old, strategy)) = olds.find(|(old, _)| is_used(old)) {
        streams.tell(&format!(
            "note: `{old}` is called `{}` now; the old name is still taken",
            strategy.name()
        ));
    }
}
