#!/bin/sh
# The API without an SDK: JSON over HTTP, photographs in base64.
set -eu

service=${AWS_ENDPOINT_URL_REKOGNITION:-http://127.0.0.1:8000}
collection=example-plain-http

# A service that asks for keys wants the header "Authorization: Bearer <id>.<secret>".
call() {
  curl -sS --fail-with-body ${RECOLLECT_BEARER:+-H "Authorization: Bearer $RECOLLECT_BEARER"} "$service/$1" -d @-
}
photograph() {
  base64 < "samples/sample$1.jpg" | tr -d '\n'
}

echo "{\"CollectionId\":\"$collection\"}" | call CreateCollection
echo
trap 'echo "{\"CollectionId\":\"$collection\"}" | call DeleteCollection' EXIT

echo "{\"CollectionId\":\"$collection\",\"ExternalImageId\":\"halloween\",\"Image\":{\"Bytes\":\"$(photograph 1)\"}}" |
  call IndexFaces > /dev/null
echo "{\"CollectionId\":\"$collection\",\"Image\":{\"Bytes\":\"$(photograph 3)\"}}" |
  call SearchFacesByImage
echo
