//! The merchant's SKU texts, both ways.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::order_lines::LineSku;
use crate::canonical::SkuIndex;

/// SKU texts by index, and indices by text. Where the catalogue names a SKU twice, the first one counts.
#[derive(Clone, Debug)]
pub(crate) struct SkuTable {
    names: Vec<Box<str>>,
    indices: IndexMap<Box<str>, SkuIndex, FxBuildHasher>,
}

impl SkuTable {
    pub(crate) fn new(skus: &[String]) -> SkuTable {
        let names: Vec<Box<str>> = skus.iter().map(|sku| sku.as_str().into()).collect();
        let mut indices = IndexMap::with_capacity_and_hasher(names.len(), FxBuildHasher);
        for (index, name) in (0..).zip(&names) {
            indices.entry(name.clone()).or_insert(SkuIndex(index));
        }
        SkuTable { names, indices }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn index(&self, text: &str) -> Option<SkuIndex> {
        self.indices.get(text).copied()
    }

    /// What a line says that names its SKU by this text. The platforms write null or nothing where they have none.
    pub(crate) fn of_line<'a>(&self, text: Option<&'a str>) -> LineSku<'a> {
        match text {
            None | Some("") => LineSku::Untold,
            Some(text) => self.index(text).map_or(LineSku::Other(text), LineSku::Ours),
        }
    }

    /// The text of a SKU; empty for an index outside the catalogue.
    pub(crate) fn text(&self, sku: SkuIndex) -> &str {
        self.names.get(sku.0 as usize).map_or("", |name| name)
    }
}
