#!/bin/sh
# Makes the certificates of this folder again. They are valid for a hundred years, but for the one that is to be expired.
# Needs OpenSSL 3. Run it inside this folder.
set -eu

DAYS=36500
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

key() {
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key.pem"
}

# The authority that signs the rest.
key ca
openssl req -x509 -new -key ca.key.pem -sha256 -days "$DAYS" -subj "/CN=Test authority" -out ca.pem \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"

# sign NAME SUBJECT NAMES USAGE NOT_BEFORE NOT_AFTER
sign() {
  key "$1"
  openssl req -new -key "$1.key.pem" -subj "/CN=$2" -out "$WORK/$1.csr"
  printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$4" > "$WORK/$1.ext"
  if [ -n "$3" ]; then printf 'subjectAltName=%s\n' "$3" >> "$WORK/$1.ext"; fi
  : > "$WORK/index"
  printf '%s' "$(openssl rand -hex 8)" > "$WORK/serial"
  printf '[ca]\ndefault_ca=a\n[a]\nnew_certs_dir=%s\ndatabase=%s/index\nserial=%s/serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' \
    "$WORK" "$WORK" "$WORK" > "$WORK/ca.conf"
  openssl ca -batch -notext -config "$WORK/ca.conf" -cert ca.pem -keyfile ca.key.pem -in "$WORK/$1.csr" \
    -extfile "$WORK/$1.ext" -startdate "$5" -enddate "$6" -out "$1.pem"
}

START=20240101000000Z
END=21240101000000Z
sign localhost localhost "DNS:localhost,IP:127.0.0.1,IP:::1" serverAuth "$START" "$END"
sign other other.test "DNS:other.test" serverAuth "$START" "$END"
sign expired localhost "DNS:localhost,IP:127.0.0.1" serverAuth "$START" 20240102000000Z
sign client "A client" "" clientAuth "$START" "$END"

key self_signed
openssl req -x509 -new -key self_signed.key.pem -sha256 -days "$DAYS" -subj "/CN=localhost" -out self_signed.pem \
  -addext "basicConstraints=critical,CA:FALSE" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"

# Nothing else is signed with it.
rm ca.key.pem
