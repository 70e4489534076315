//! Counts that add up: over channels, over parts of a run.

/// Declares a struct of counts together with its sum. Every member is added to its like, so that a count that is added
/// to the struct is in every sum of it.
macro_rules! counters {
    (
        $(#[$about:meta])*
        $visible:vis struct $name:ident {
            $($(#[$about_count:meta])* $count_visible:vis $count:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        $visible struct $name {
            $($(#[$about_count])* $count_visible $count: $kind,)*
        }

        impl std::ops::AddAssign<&$name> for $name {
            fn add_assign(&mut self, other: &$name) {
                $(self.$count += &other.$count;)*
            }
        }
    };
}

pub(crate) use counters;

#[cfg(test)]
mod tests {
    counters! {
        #[derive(Debug, Default, PartialEq)]
        struct Inner {
            seen: u64,
        }
    }

    counters! {
        #[derive(Debug, Default, PartialEq)]
        struct Outer {
            inner: Inner,
            sum: i64,
        }
    }

    #[test]
    fn every_member_is_added() {
        let mut sum = Outer::default();
        for _ in 0..3 {
            sum += &Outer {
                inner: Inner { seen: 2 },
                sum: -1,
            };
        }
        let inner = Inner { seen: 6 };
        assert_eq!(sum, Outer { inner, sum: -3 });
    }
}
