//! Random operations on a session, what must come of them, and random JSON objects.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a browser's user may do to the session.
#[derive(Deserialize, Debug, Clone)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    Set { key: String, value: String, typed: Value },
    Remove { key: String },
    Count,
    Flash { category: String, text: String, markup: bool },
    Take,
    Permanent { on: bool },
    Clear,
    Look,
}

/// A value in the notation of the golden cases, and as Flask writes it.
fn value() -> impl Strategy<Value = (Value, Value)> {
    let text = "[ -~é€😀\"\\\\]{0,12}";
    let leaf = prop_oneof![
        any::<i64>().prop_map(|number| (json!(["int", number.to_string()]), json!(number))),
        (-1e9..1e9).prop_map(|number: f64| (json!(["float", number.to_string()]), json!(number))),
        any::<bool>().prop_map(|value| (json!(["bool", value]), json!(value))),
        text.prop_map(|text| (json!(["str", text]), json!(text))),
        text.prop_map(|text| (json!(["markup", text]), json!({ " m": text }))),
        Just((json!(["bytes", "ff00"]), json!({ " b": "/wA=" }))),
        Just((
            json!(["uuid", "12345678-1234-5678-1234-56789abcdef0"]),
            json!({ " u": "1234567812345678123456789abcdef0" })
        )),
        Just((json!(["datetime", 1_704_164_645]), json!({ " d": "Tue, 02 Jan 2024 03:04:05 GMT" }))),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            many.clone().prop_map(|all| split(all, |typed, tagged| (json!(["list", typed]), json!(tagged)))),
            many.prop_map(|all| split(all, |typed, tagged| (json!(["tuple", typed]), json!({ " t": tagged })))),
            inner
                .clone()
                .prop_map(|(typed, tagged)| (json!(["dict", [[" t", typed]]]), json!({ " di": { " t__": tagged } }))),
            inner.prop_map(|(typed, tagged)| (json!(["dict", [["k", typed]]]), json!({ "k": tagged }))),
        ]
    })
}

fn split(all: Vec<(Value, Value)>, join: impl Fn(Vec<Value>, Vec<Value>) -> (Value, Value)) -> (Value, Value) {
    let (typed, tagged) = all.into_iter().unzip();
    join(typed, tagged)
}

pub fn op() -> impl Strategy<Value = Op> {
    let key = || prop_oneof![Just("a"), Just("b"), Just("é"), Just(" t"), Just("_user")].prop_map(str::to_owned);
    prop_oneof![
        4 => (key(), value(), any::<bool>()).prop_map(|(key, (typed, tagged), by_type)| Op::Set {
            key,
            value: tagged.to_string(),
            typed: if by_type { typed } else { Value::Null },
        }),
        2 => key().prop_map(|key| Op::Remove { key }),
        2 => Just(Op::Count),
        3 => ("[a-z]{1,5}", "[ -~é]{0,20}", any::<bool>())
            .prop_map(|(category, text, markup)| Op::Flash { category, text, markup }),
        2 => Just(Op::Take),
        1 => any::<bool>().prop_map(|on| Op::Permanent { on }),
        1 => prop::bool::weighted(0.3).prop_map(|clear| if clear { Op::Clear } else { Op::Look }),
    ]
}

impl Op {
    pub fn to_json(&self) -> String {
        match self {
            Self::Set { key, value, typed } => json!({ "op": "set", "key": key, "value": value, "typed": typed }),
            Self::Remove { key } => json!({ "op": "remove", "key": key }),
            Self::Count => json!({ "op": "count" }),
            Self::Flash { category, text, markup } => {
                json!({ "op": "flash", "category": category, "text": text, "markup": markup })
            }
            Self::Take => json!({ "op": "take" }),
            Self::Permanent { on } => json!({ "op": "permanent", "on": on }),
            Self::Clear => json!({ "op": "clear" }),
            Self::Look => json!({ "op": "look" }),
        }
        .to_string()
    }
}

/// What the session must be.
#[derive(Default, Debug)]
pub struct Model {
    fields: BTreeMap<String, Value>,
    flashes: Vec<Value>,
    permanent: Option<bool>,
}

impl Model {
    /// Does it, and says what must be returned.
    pub fn act(&mut self, op: &Op) -> Value {
        match op.clone() {
            Op::Set { key, value, .. } => {
                self.fields.insert(key, serde_json::from_str(&value).unwrap());
            }
            Op::Remove { key } => {
                self.fields.remove(&key);
            }
            Op::Count => {
                let count = self.fields.get("count").and_then(Value::as_u64).unwrap_or_default();
                self.fields.insert("count".into(), json!(count + 1));
            }
            Op::Flash { category, text, markup } => self.flashes.push(json!([category, text, markup])),
            Op::Take => return json!(std::mem::take(&mut self.flashes)),
            Op::Permanent { on } => self.permanent = Some(on),
            Op::Clear => *self = Self::default(),
            Op::Look => {}
        }
        json!([])
    }

    /// The session as Flask sees it.
    pub fn as_flask_sees_it(&self) -> Value {
        let mut all = self.fields.clone();
        if !self.flashes.is_empty() {
            let tuple = |flash: &Value| {
                let text = if flash[2] == true { json!({ " m": flash[1] }) } else { flash[1].clone() };
                json!({ " t": [flash[0], text] })
            };
            all.insert("_flashes".into(), self.flashes.iter().map(tuple).collect());
        }
        if let Some(permanent) = self.permanent {
            all.insert("_permanent".into(), json!(permanent));
        }
        if let (1, Some((key, value))) = (all.len(), all.first_key_value())
            && [" t", " m"].contains(&key.as_str())
        {
            return json!({ " di": { format!("{key}__"): value } });
        }
        json!(all)
    }

    pub fn as_actix_sees_it(&self) -> Value {
        json!({ "fields": self.fields, "permanent": self.permanent.unwrap_or_default() })
    }
}

/// Any JSON object that can be a session: without keys of the library's own, and without `null` on its top level, which is
/// no value to us.
pub fn object() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let key = prop_oneof![
        "\\PC{0,6}",
        Just(" t".to_owned()),
        Just(" di".to_owned()),
        Just(" m__".to_owned()),
        any::<String>()
    ];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!(0.0)),
        Just(json!(-0.0)),
    ];
    let inner_key = key.clone();
    let value = leaf.prop_recursive(4, 24, 4, move |inner| {
        let or_null = prop_oneof![4 => inner, 1 => Just(Value::Null)];
        prop_oneof![
            prop::collection::vec(or_null.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(inner_key.clone(), or_null, 0..4).prop_map(|map| json!(map)),
        ]
    });
    prop::collection::btree_map(key, value, 1..5)
        .prop_filter("reserved keys", |object| {
            object.keys().all(|key| !["_permanent", "_flashes"].contains(&key.as_str()))
        })
        .prop_filter("it must fit a cookie", |object| json!(object).to_string().len() < 1500)
}
