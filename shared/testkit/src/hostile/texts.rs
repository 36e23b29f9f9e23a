//! Values for fields, queries and paths. What is "refused" must be refused by every form and API that has the field.

/// What a form must not take for an email address, although mail libraries take some of it.
pub const ADDRESSES_REFUSED: [&str; 34] = [
    "anna",
    "@example.com",
    "anna@",
    "anna@@example.com",
    "anna@example.com@example.org",
    "Anna <anna@example.com>",
    "anna@example.com, bert@example.com",
    "anna@example.com;bert@example.com",
    "\"anna\"@example.com",
    "\"an na\"@example.com",
    "anna(comment)@example.com",
    "an na@example.com",
    ".anna@example.com",
    "anna.@example.com",
    "an..na@example.com",
    "anna@[127.0.0.1]",
    "anna@[255.255.255]",
    "anna@[IPv6:::1]",
    "anna@[RFC-5322-domain-literal]",
    "anna@255.255.255.255",
    "anna@localhost",
    "test@org",
    "test@iana/icann.org",
    "anna@example.com.",
    "anna@.example.com",
    "anna@example..com",
    "anna@-example.com",
    "anna@exam_ple.com",
    "anna@example.com\r\nBcc: all@example.net",
    "anna@example.com%0d%0aBcc:all@example.net",
    "anna@example.com\u{202e}",
    "anna\u{200b}@example.com",
    "用户@example.com",
    "anna@💩.example",
];

/// Odd, and good: a form that refuses one of these turns somebody away.
pub const ADDRESSES_TAKEN: [&str; 6] = [
    "Anna.Muster+tag@EXAMPLE.Com",
    " anna@example.com ",
    "o'neil@example.com",
    "a!#$%&*/=?^_`{|}~-@example.com",
    "anna@exämple.de",
    "anna@a.b.c.d.example.museum",
];

/// What would change a mail's header, hide or turn text around, or make a mail an advert.
pub const NAMES_REFUSED: [&str; 11] = [
    "Anna\r\nBcc: all@example.net",
    "Anna\nBcc: all@example.net",
    "Anna\rBcc: all@example.net",
    "An\u{7}na",
    "An\u{85}na",
    "Anna\u{202e}",
    "Anna\u{2066}",
    "An\u{200b}na",
    "An\u{feff}na",
    "www.example.com",
    "win at https://spam.example",
];

/// Unusual, and kept as it is: escaping is the business of whoever shows it.
pub const NAMES_TAKEN: [&str; 9] = [
    "Zoe\u{308} O'Neil",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "${jndi:spam}",
    "'; drop table leads; --",
    "=1+1",
    "@SUM(A1)",
    "👩‍🚀",
    "مرحبا",
];

/// What no message may hold.
pub const MESSAGES_REFUSED: [&str; 4] = [" \n ", "a\u{7}b", "a\u{202e}b", "a\u{200b}b"];

/// Bodies that call themselves forms.
pub const FORM_BODIES: [&[u8]; 9] = [
    b"",
    b"&&&===",
    b"=&=&=",
    b"%",
    b"email=%",
    b"email[]=a&email[0]=b",
    b"email=\xff\xfe&%ff=%ff",
    b"email=%00a&%00=%00",
    b"%u0065mail=a",
];

/// Queries that visitors come with.
pub const QUERIES: [&str; 17] = [
    "",
    "%",
    "%zz",
    "%00=%00",
    "utm_source=%ff%fe",
    "a=b=c&&=&utm_source",
    "campaign[]=x&campaign[$ne]=",
    "topic=%0d%0aX-Planted:1",
    "utm_source=%0d%0aX-Planted:1",
    "next=//evil.example",
    "return_to=https://evil.example&url=https:%2f%2fevil.example&redirect=%5c%5cevil.example",
    "stamp=x&key=%00&ref=%3Cscript%3E",
    "limit=-1&cursor=%00",
    "limit=999999999999999999999",
    "email=a@evil.example&website=evil.example",
    "page=../../etc/passwd",
    "q=%F0%9F%92%A9&q=%ED%A0%80",
];

/// Values of a path's parameter that name nothing.
pub const SEGMENTS: [&str; 20] = [
    "none",
    "..",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cwindows",
    "%2fetc%2fpasswd",
    "%00",
    "none%00.css",
    "%ff%fe",
    "%",
    "%zz",
    "%c0%ae%c0%ae%2f",
    "-1",
    "0",
    "018f0000-0000-7000-8000-000000000000",
    "%0d%0aX-Planted:%201",
    "%27%20or%201=1--",
    "%7b%7b7*7%7d%7d",
    "%E2%80%AE",
];
