//! Values under small reusable numbers.

/// Where a value is kept in a [`Slab`].
pub type Slot = u32;

/// A growing table whose freed places are used again, the latest freed first.
#[derive(Debug)]
pub struct Slab<T> {
    places: Vec<Place<T>>,
    /// The place to use next; `NONE` when all are taken.
    free: Slot,
}

#[derive(Debug)]
enum Place<T> {
    Taken(T),
    /// Names the place freed before this one.
    Free(Slot),
}

const NONE: Slot = Slot::MAX;

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab {
            places: Vec::new(),
            free: NONE,
        }
    }
}

impl<T> Slab<T> {
    /// Keeps a value and tells its slot.
    ///
    /// # Panics
    /// When 2^32 - 1 values are kept at once; the run's limit on pending events lies far below.
    pub fn insert(&mut self, value: T) -> Slot {
        if self.free == NONE {
            let slot = self.places.len() as Slot;
            assert!(slot != NONE, "the slab holds 2^32 - 1 values");
            self.places.push(Place::Taken(value));
            slot
        } else {
            let slot = self.free;
            let place = &mut self.places[slot as usize];
            let Place::Free(next) = *place else {
                unreachable!("the free list names a taken place")
            };
            self.free = next;
            *place = Place::Taken(value);
            slot
        }
    }

    /// Takes a value out; `None` when there is none at this slot.
    pub fn remove(&mut self, slot: Slot) -> Option<T> {
        let place = self.places.get_mut(slot as usize)?;
        if matches!(place, Place::Free(_)) {
            return None;
        }
        let Place::Taken(value) = std::mem::replace(place, Place::Free(self.free)) else {
            unreachable!("the place was taken a moment ago")
        };
        self.free = slot;
        Some(value)
    }

    /// The value at a slot.
    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        match self.places.get_mut(slot as usize)? {
            Place::Taken(value) => Some(value),
            Place::Free(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again_and_never_shared() {
        let mut slab = Slab::default();
        let (first, second) = (slab.insert("a"), slab.insert("b"));
        assert_ne!(first, second);
        assert_eq!(slab.remove(first), Some("a"));
        assert_eq!(slab.remove(first), None, "it is gone");
        assert_eq!(slab.insert("c"), first, "the freed place is used again");
        assert_eq!(slab.get_mut(second).copied(), Some("b"));
        assert_eq!(slab.get_mut(7), None);
    }
}
