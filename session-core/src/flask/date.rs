//! Dates as HTTP has them, and as Python's `email.utils` reads them.

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// A number in a date is larger than Python's `datetime` can take without an error that Flask does not expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overflow;

/// As [`http_date`], from seconds since 1970.
pub(crate) fn http_date_at(seconds: u64) -> Option<String> {
    http_date(OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?)
}

const SECONDS_A_DAY: i64 = 86_400;

/// An IMF-fixdate (RFC 9110 section 5.6.7), as Werkzeug's `http_date` writes it: `None` outside of the years 1 to 9999.
pub(crate) fn http_date(time: OffsetDateTime) -> Option<String> {
    let utc = time.checked_to_offset(UtcOffset::UTC).filter(|utc| (1..=9999).contains(&utc.year()))?;
    let weekday = utc.weekday().to_string();
    let month = utc.month().to_string();
    let (weekday, month) = weekday.get(..3).zip(month.get(..3))?;
    let (hour, minute, second) = utc.to_hms();
    Some(format!("{weekday}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT", utc.day(), utc.year()))
}

/// What `werkzeug.http.parse_date` makes of a text: `None` where it is no date.
pub(super) fn parse(text: &str) -> Result<Option<OffsetDateTime>, Overflow> {
    let Some(parts) = split(text) else { return Ok(None) };
    let Some(month) = month(&parts.month) else { return Ok(None) };
    let Some((hour, minute, second)) = clock(&parts.time) else { return Ok(None) };
    let numbers = [parts.year.as_str(), &parts.day, hour, minute, second].map(integer);
    let [Some(year), Some(day), Some(hour), Some(minute), Some(second)] = numbers else { return Ok(None) };
    // Two digits of a year, as POSIX has them.
    let year = match year {
        ..=68 => year.saturating_add(2000),
        69..=99 => year + 1900,
        _ => year,
    };
    let offset = offset(&parts.zone).unwrap_or_default();
    if [year, day, hour, minute, second].iter().any(|number| i32::try_from(*number).is_err())
        || offset.abs() / SECONDS_A_DAY > 999_999_999
    {
        return Err(Overflow);
    }
    Ok(calendar(year, month, day)
        .zip(day_time(hour, minute, second))
        .zip(zone(offset))
        .map(|((date, time), zone)| date.with_time(time).assume_offset(zone)))
}

/// Whether a text is what [`http_date`] writes.
pub(super) fn is_canonical(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    parse(text).ok().flatten().and_then(http_date).is_some_and(|written| written == text)
}

struct Parts {
    day: String,
    month: String,
    year: String,
    time: String,
    zone: String,
}

/// Follows `_parsedate_tz` of Python's `email._parseaddr` through its many forms.
fn split(text: &str) -> Option<Parts> {
    let mut data: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let first = data.first_mut()?;
    if first.ends_with(',') || DAYS.contains(&first.to_lowercase().as_str()) {
        data.remove(0);
    } else if let Some((_, rest)) = first.rsplit_once(',') {
        *first = rest.to_owned();
    }
    if let [date, rest @ ..] = data.as_slice()
        && rest.len() == 2
    {
        let parts: Vec<&str> = date.split('-').collect();
        if parts.len() == 3 {
            data = parts.into_iter().chain(rest.iter().map(String::as_str)).map(str::to_owned).collect();
        }
    }
    if let [_, _, _, last] = data.as_mut_slice() {
        let at = last.find('+').or_else(|| last.find('-')).filter(|at| *at > 0);
        let zone = at.map_or_else(String::new, |at| last.split_off(at));
        data.push(zone);
    }
    data.truncate(5);
    let [mut day, mut month, mut year, mut time, mut zone] = <[String; 5]>::try_from(data).ok()?;
    if day.is_empty() || month.is_empty() || year.is_empty() {
        return None;
    }
    month = month.to_lowercase();
    if self::month(&month).is_none() {
        (day, month) = (month, day.to_lowercase());
    }
    without_comma(&mut day);
    if year.find(':').is_some_and(|at| at > 0) {
        std::mem::swap(&mut year, &mut time);
    }
    without_comma(&mut year);
    if !year.chars().next()?.is_numeric() {
        std::mem::swap(&mut year, &mut zone);
    }
    without_comma(&mut time);
    Some(Parts { day, month, year, time, zone })
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month(name: &str) -> Option<Month> {
    let short = |month: &str| month.get(..3) == Some(name);
    let index = MONTHS.iter().position(|month| *month == name || short(month))?;
    u8::try_from(index + 1).ok().and_then(|number| Month::try_from(number).ok())
}

fn without_comma(part: &mut String) {
    if part.ends_with(',') {
        part.pop();
    }
}

/// Hour, minute and second, with dots between them if there is no colon.
fn clock(text: &str) -> Option<(&str, &str, &str)> {
    let separator = if text.contains(':') { ':' } else { '.' };
    match text.split(separator).collect::<Vec<_>>().as_slice() {
        [hour, minute] => Some((hour, minute, "0")),
        [hour, minute, second] => Some((hour, minute, second)),
        _ => None,
    }
}

/// Seconds east of UTC. `None` also for `-0000`, which says that nothing is known.
fn offset(zone: &str) -> Option<i64> {
    let hundreds = match zone.to_uppercase().as_str() {
        "UT" | "UTC" | "GMT" | "Z" => 0,
        "EDT" | "AST" => -400,
        "ADT" => -300,
        "CDT" | "EST" => -500,
        "MDT" | "CST" => -600,
        "PDT" | "MST" => -700,
        "PST" => -800,
        other => integer(other)?,
    };
    let size = hundreds.saturating_abs();
    Some(hundreds.signum() * (size / 100).saturating_mul(3600).saturating_add(size % 100 * 60))
}

/// What Python's `int` makes of digits.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sound = digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    // A number that is too large for us is too large for a date.
    sound.then(|| text.replace('_', "").parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

fn calendar(year: i64, month: Month, day: i64) -> Option<Date> {
    let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

fn day_time(hour: i64, minute: i64, second: i64) -> Option<Time> {
    let [hour, minute, second] = [hour, minute, second].map(|number| u8::try_from(number).ok());
    Time::from_hms(hour?, minute?, second?).ok()
}

fn zone(seconds: i64) -> Option<UtcOffset> {
    let seconds = i32::try_from(seconds).ok().filter(|_| seconds.abs() < SECONDS_A_DAY)?;
    UtcOffset::from_whole_seconds(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(text: &str) -> Option<i64> {
        parse(text).unwrap().map(OffsetDateTime::unix_timestamp)
    }

    #[test]
    fn dates_are_written_as_werkzeug_does() {
        for (seconds, text) in [
            (1_704_164_645, "Tue, 02 Jan 2024 03:04:05 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (-59_011_459_200, "Fri, 01 Jan 0100 00:00:00 GMT"),
        ] {
            let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            assert_eq!(http_date(time).as_deref(), Some(text));
            assert_eq!(unix(text), Some(seconds));
        }
    }

    #[test]
    fn dates_are_read_as_python_does() {
        // Each was read with CPython 3.11.
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 05:00:00 +0500", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 -0000", Some(0)),
            ("Mon, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("6 Nov 1994 08:49", Some(784_111_740)),
            ("6 nov 94 08.49.37 EST", Some(784_129_777)),
            ("November 6 1994 08:49:37 +1_0", Some(784_111_177)),
            ("2024-01-02T03:04:05Z", None),
            ("nope", None),
            ("", None),
            ("Thu, 32 Jan 1970 00:00:00 GMT", None),
            ("Thu, 01 Jan 1970 24:00:00 GMT", None),
            ("Thu, 01 Jan 10000 00:00:00 GMT", None),
            ("Thu, 01 Jan 1970 00:00:00 +9900", None),
        ] {
            assert_eq!(unix(text), seconds, "{text}");
        }
        for overflow in ["Thu, 01 Jan 99999999999 00:00:00 GMT", "1 Jan 2024 00:00:00 -99999999999999999"] {
            assert_eq!(parse(overflow), Err(Overflow));
        }
    }

    #[test]
    fn zones_years_and_places_are_read_as_python_does() {
        // Each was read with CPython 3.11.
        for (text, seconds) in [
            ("06 Nov 1994 08:49:37 EDT", Some(784_126_177)),
            ("06 Nov 1994 08:49:37 AST", Some(784_126_177)),
            ("06 Nov 1994 08:49:37 ADT", Some(784_122_577)),
            ("06 Nov 1994 08:49:37 CDT", Some(784_129_777)),
            ("06 Nov 1994 08:49:37 EST", Some(784_129_777)),
            ("06 Nov 1994 08:49:37 MDT", Some(784_133_377)),
            ("06 Nov 1994 08:49:37 CST", Some(784_133_377)),
            ("06 Nov 1994 08:49:37 PDT", Some(784_136_977)),
            ("06 Nov 1994 08:49:37 MST", Some(784_136_977)),
            ("06 Nov 1994 08:49:37 PST", Some(784_140_577)),
            ("06 Nov 1994 08:49:37 UT", Some(784_111_777)),
            ("06 Nov 1994 08:49:37 UTC", Some(784_111_777)),
            ("06 Nov 1994 08:49:37 Z", Some(784_111_777)),
            ("06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("06 Nov 1994 08:49:37 -0000", Some(784_111_777)),
            ("06 Nov 1994 08:49:37 +0130", Some(784_106_377)),
            ("06 Nov 1994 08:49:37 -0130", Some(784_117_177)),
            ("06 Nov 1994 08:49:37 +2359", Some(784_025_437)),
            ("06 Nov 1994 08:49:37 -2359", Some(784_198_117)),
            ("06 Nov 1994 08:49:37 +2400", None),
            ("06 Nov 1994 08:49:37 -2400", None),
            ("06 Nov 1994 08:49:37 +0060", Some(784_108_177)),
            ("06 Nov 1994 08:49:37 XYZ", Some(784_111_777)),
            ("06 Nov 1994 08:49:37", Some(784_111_777)),
            ("06 Nov 1994 08:49:37+0100", Some(784_108_177)),
            ("06 Nov 1994 08:49:37-0100", Some(784_115_377)),
            ("+06 Nov 1994 08:49:37", Some(784_111_777)),
            ("06 Nov 68 08:49:37 GMT", Some(3_119_417_377)),
            ("06 Nov 69 08:49:37 GMT", Some(-4_806_623)),
            ("06 Nov 99 08:49:37 GMT", Some(941_878_177)),
            ("06 Nov 100 08:49:37 GMT", Some(-58_984_729_823)),
            ("06 Nov 0 08:49:37 GMT", Some(973_500_577)),
            ("06 Nov 1 08:49:37 GMT", Some(1_005_036_577)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("06-Nov 08:49:37 GMT", None),
            ("a-06-Nov-94 08:49:37 GMT", None),
            ("06, Nov 1994 08:49:37 GMT", None),
            ("06 Nov 1994, 08:49:37 GMT", Some(784_111_777)),
            ("06 Nov 1994 08:49:37, GMT", Some(784_111_777)),
            ("Nov 06 1994 08:49:37 GMT", Some(784_111_777)),
            ("Nov 06, 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("06 Nov 08:49:37 1994", Some(784_111_777)),
            ("06 Nov 08:49 1994", Some(784_111_740)),
            ("06 Nov :08 1994 GMT", None),
            ("06 Nov GMT 08:49:37 1994", Some(784_111_777)),
            ("06 Nov 1994 08.49.37 GMT", Some(784_111_777)),
            ("06 Nov 1994 08:49 GMT", Some(784_111_740)),
            ("06 Nov 1994 08 GMT", None),
            ("sun 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("x,06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("06 Nov 1994 08:49:37 GMT more", Some(784_111_777)),
            ("06 November 1994 08:49:37 GMT", Some(784_111_777)),
            ("06 Nove 1994 08:49:37 GMT", None),
            ("06 Nov 1994 24:00:00 GMT", None),
            ("31 Nov 1994 08:49:37 GMT", None),
            ("06 Nov 2147483647 08:49:37 GMT", None),
            ("-6 Nov 1994 08:49:37 GMT", None),
            ("0_6 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("06 Nov 1994 08:49:37 -1", Some(784_111_837)),
            ("06 Nov 1994 08:49:37 100", Some(784_108_177)),
            ("06 Nov 1994 +8:49:37", Some(784_111_777)),
            (" 06 Nov 1994 -08:49:37", None),
            ("1 2 3 4 5", None),
            (", Nov 1994 08:49:37 GMT", None),
            ("06 Nov , 08:49:37 GMT", None),
            ("06 Nov 1994 08:49:37 +2399", None),
            ("06 Nov 1994 08:49:37 +2399999997600", None),
        ] {
            assert_eq!(unix(text), seconds, "{text}");
        }
        for text in [
            "06 Nov 2147483648 08:49:37 GMT",
            "06 Nov 1994 08:49:37 +86400000000000",
            "06 Nov 1994 08:49:37 +9223372036854775807",
            "06 Nov 1994 08:49:37 +99999999999999999999",
        ] {
            assert_eq!(parse(text), Err(Overflow), "{text}");
        }
    }

    #[test]
    fn a_date_is_canonical_as_it_is_written() {
        for (text, canonical) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("Mon, 06 Nov 1994 08:49:37 GMT", false),
            ("06 Nov 1994 08:49:37 GMT", false),
            ("", false),
        ] {
            assert_eq!(is_canonical(text.as_bytes()), canonical, "{text}");
        }
        assert!(!is_canonical(b"\xff"));
    }
}
