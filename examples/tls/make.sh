#!/bin/sh
# Makes the certificate of the TLS example again: for localhost, signed by itself, valid for a hundred years. Run it inside this folder.
set -eu
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out localhost.key.pem
openssl req -x509 -new -key localhost.key.pem -sha256 -days 36500 -subj "/CN=localhost" -out localhost.pem \
  -addext "basicConstraints=critical,CA:FALSE" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
