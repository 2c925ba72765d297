//! The `value!` macro.

use super::{Number, Value};

/// Writes a [`Value`](crate::Value) as it would stand in JSON.
///
/// A part is `null`, a literal, `[…]`, `{"key": …}`, or any expression whose type a [`Value`](crate::Value) is made
/// [`From`]; a key is a literal or an expression in parentheses that becomes a `String`. Of two equal keys the last stays.
///
/// A float that is computed may be NaN, so it is not taken silently: write `Value::try_from(x)?`. A literal cannot be:
/// the compiler itself refuses one that is too big.
///
/// ```
/// use moai_core::{Value, value};
///
/// let name = String::from("index");
/// let load = Value::try_from(0.5 + 0.25)?;
/// let task = value!({
///     "name": name,
///     "load": load,
///     "limit": -1.5,
///     "parts": [null, true, 1 + 1, {}],
///     (format!("key {}", 7)): Some("seven"),
/// });
/// assert_eq!(task.get("limit").and_then(Value::as_f64), Some(-1.5));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
///
/// ```compile_fail
/// moai_core::value!(1e999);
/// ```
///
/// ```compile_fail
/// moai_core::value!([1, {"a": -9223372036854775809}]);
/// ```
///
/// ```compile_fail
/// let computed = 0.0 / 0.0;
/// moai_core::value!([computed]);
/// ```
#[macro_export]
macro_rules! value {
    (null) => {
        $crate::Value::Null
    };

    // If each part is one token tree, as nearly always, all are taken at once: no recursion, however many there are.
    ([$($item:tt),* $(,)?]) => {
        $crate::Value::Array($crate::Array::from([$($crate::value!($item)),*]))
    };
    ({$($key:tt : $item:tt),* $(,)?}) => {
        $crate::Value::Map($crate::Map::from([$(($crate::value!(@key $key), $crate::value!($item))),*]))
    };

    // Otherwise they are taken one after the other, and those that are done gather in the first brackets.
    ([$($rest:tt)+]) => {
        $crate::value!(@array [] $($rest)+ ,)
    };
    ({$($rest:tt)+}) => {
        $crate::value!(@map [] $($rest)+ ,)
    };

    (@array [$($done:tt)*] $(,)?) => {
        $crate::Value::Array($crate::Array::from([$($done)*]))
    };
    (@array [$($done:tt)*] $item:tt , $($rest:tt)*) => {
        $crate::value!(@array [$($done)* $crate::value!($item),] $($rest)*)
    };
    (@array [$($done:tt)*] $sign:tt $item:tt , $($rest:tt)*) => {
        $crate::value!(@array [$($done)* $crate::value!($sign $item),] $($rest)*)
    };
    (@array [$($done:tt)*] $item:expr , $($rest:tt)*) => {
        $crate::value!(@array [$($done)* $crate::Value::from($item),] $($rest)*)
    };

    (@map [$($done:tt)*] $(,)?) => {
        $crate::Value::Map($crate::Map::from([$($done)*]))
    };
    (@map [$($done:tt)*] $key:tt : $item:tt , $($rest:tt)*) => {
        $crate::value!(@map [$($done)* ($crate::value!(@key $key), $crate::value!($item)),] $($rest)*)
    };
    (@map [$($done:tt)*] $key:tt : $sign:tt $item:tt , $($rest:tt)*) => {
        $crate::value!(@map [$($done)* ($crate::value!(@key $key), $crate::value!($sign $item)),] $($rest)*)
    };
    (@map [$($done:tt)*] $key:tt : $item:expr , $($rest:tt)*) => {
        $crate::value!(@map [$($done)* ($crate::value!(@key $key), $crate::Value::from($item)),] $($rest)*)
    };

    (@key ($key:expr)) => {
        ::std::string::String::from($key)
    };
    (@key $key:expr) => {
        ::std::string::String::from($key)
    };

    // The fragment `literal` takes a minus, and cannot go back if no literal follows: that is seen to beforehand. The
    // minus must be the caller's own, or the compiler would not look at whether the number fits.
    (@two [$($item:tt)*] - $literal:literal) => {
        $crate::value!(@one $($item)*)
    };
    (@two [$($item:tt)*] $($other:tt)*) => {
        $crate::Value::from($($item)*)
    };
    (@one $literal:literal) => {{
        #[allow(unused_imports, reason = "some literals have a method of their own")]
        use $crate::__literal::AnyLiteral as _;
        $crate::__literal::Literal($literal).into_value()
    }};
    (@one $item:expr) => {
        $crate::Value::from($item)
    };

    ($sign:tt $item:tt) => {
        $crate::value!(@two [$sign $item] $sign $item)
    };
    ($item:tt) => {
        $crate::value!(@one $item)
    };
    ($item:expr) => {
        $crate::Value::from($item)
    };
}

/// A literal on its way to a value. Only `value!` makes one.
///
/// A literal without a suffix has no type yet; the two methods of its own let it be nothing but an `i64` or an `f64`.
#[derive(Debug)]
pub struct Literal<T>(pub T);

impl Literal<i64> {
    /// The value.
    pub fn into_value(self) -> Value {
        self.0.into()
    }
}

impl Literal<f64> {
    /// The value.
    pub fn into_value(self) -> Value {
        // The compiler denies a literal that is infinite. To whoever allows it: the nearest float that is finite.
        Number::float(self.0.clamp(f64::MIN, f64::MAX)).map_or(Value::Null, Value::Number)
    }
}

/// All other literals: bools, texts, integers with a suffix.
pub trait AnyLiteral {
    /// The value.
    fn into_value(self) -> Value;
}

impl<T: Into<Value>> AnyLiteral for Literal<T> {
    fn into_value(self) -> Value {
        self.0.into()
    }
}
