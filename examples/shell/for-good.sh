#!/bin/sh
# Somebody goes for good: is kept out, is deleted, and the receipt of it is verified without the service. Then those who
# stay are put in order: faces of one person, proposed as a user.
set -eu

service=${AWS_ENDPOINT_URL_REKOGNITION:-http://127.0.0.1:8000}
recollect=${RECOLLECT:-npx recollect}
collection=example-for-good
export AWS_ENDPOINT_URL_REKOGNITION="$service"

# A service that asks for keys wants the header "Authorization: Bearer <id>.<secret>".
call() {
  curl -sS --fail-with-body ${RECOLLECT_BEARER:+-H "Authorization: Bearer $RECOLLECT_BEARER"} "$service/$1" -d @-
}
# A member of the JSON on standard input, by its path.
value() {
  node -e '
    const path = process.argv[1].split(".");
    const answer = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    process.stdout.write(String(path.reduce((value, name) => value[name], answer)));' "$1"
}

folder=$(mktemp -d)
trap 'echo "{\"CollectionId\":\"$collection\"}" | call DeleteCollection > /dev/null; rm -r "$folder"' EXIT
$recollect import samples --collection "$collection" --create --data "$folder" 2> /dev/null > /dev/null

face=$(echo "{\"CollectionId\":\"$collection\"}" | call ListFaces | value Faces.0.FaceId)
$recollect suppress-faces --collection-id "$collection" --face-ids "$face" --by VECTOR > /dev/null
echo "{\"CollectionId\":\"$collection\",\"FaceIds\":[\"$face\"]}" | call DeleteFaces > /dev/null

$recollect get-deletion-receipts --collection-id "$collection" --face-id "$face" --json > "$folder/receipts.json"
value PublicKey < "$folder/receipts.json" > "$folder/public.pem"
$recollect verify-receipt "$folder/receipts.json" --key "$folder/public.pem" --of "$face" | head -1

# What is altered is not genuine.
sed 's/"ReceiptId\\":\\"./&X/' "$folder/receipts.json" > "$folder/forged.json"
if $recollect verify-receipt "$folder/forged.json" --key "$folder/public.pem" > /dev/null 2>&1; then exit 1; fi
echo 'A forged receipt is refused.'

before=$(echo "{\"CollectionId\":\"$collection\"}" | call DescribeCollection | value FaceCount)
$recollect import samples --collection "$collection" --data "$folder/again" 2> /dev/null > /dev/null
after=$(echo "{\"CollectionId\":\"$collection\"}" | call DescribeCollection | value FaceCount)
echo "Indexed again: $((after - before)) faces more."

groups=$($recollect suggest-users --collection-id "$collection" --similarity-threshold 80 --json | value SuggestedUsers.length)
echo "$groups users are proposed."
