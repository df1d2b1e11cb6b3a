#!/usr/bin/env python3
"""The cookies of tests/golden.rs, made from the description of the formats in docs/formats.md and not with the library."""
import base64, hashlib, hmac, struct

def b64(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def hkdf(key, info):
    prk = hmac.new(b"session-core.v1", key, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()

def purpose(kind, scope, name):
    return b"".join(struct.pack(">I", len(part)) + part for part in (kind, scope, name))

def number(n): return n.to_bytes((n.bit_length() + 7) // 8, "big")

def signed(kind, scope, name, payload, issued, key=bytes([7] * 32)):
    text = b64(payload) + "." + b64(number(issued))
    mac = hmac.new(hkdf(key, purpose(kind, scope, name)), text.encode(), hashlib.sha256).digest()
    return text + "." + b64(mac)

NAME = b"__Host-session"
TIME = 1_700_000_000
print("signed  ", signed(b"signed", b"", NAME, b'{"visits":3,"_created":1700000000}', TIME))
print("scoped  ", signed(b"signed", b"admin", b"__Host-session-admin", b'{"visits":3,"_created":1700000000}', TIME))
print("stored  ", signed(b"stored", b"", NAME, bytes([1] * 16) + bytes([2] * 32), TIME))
print("hash    ", hashlib.sha256(bytes([2] * 32)).hexdigest())
secret, mask = bytes(range(16)), bytes([0xA5] * 16)
print("csrf    ", b64(secret), b64(mask + bytes(a ^ b for a, b in zip(mask, secret))))
print("csrf in ", signed(b"signed", b"", NAME, b'{"_csrf":"%s","_created":1700000000}' % b64(secret).encode(), TIME))
