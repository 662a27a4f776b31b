#!/bin/sh
# The operations on stored video with the AWS CLI: sh video.sh ENDPOINT BUCKET CLIP COLLECTION
set -eu
endpoint=$1 bucket=$2 clip=$3 collection=$4
call() {
  aws rekognition "$@" --endpoint-url "$endpoint" --output text
}
ended() {
  while [ "$(call "$@" --query JobStatus)" = IN_PROGRESS ]; do sleep 0.2; done
}
length() {
  printf %s "$1" | wc -c | tr -d ' '
}
video="S3Object={Bucket=$bucket,Name=$clip}"

job=$(call start-face-detection --video "$video" --face-attributes ALL --job-tag clients --query JobId)
echo StartFaceDetection "$(length "$job")"
ended get-face-detection --job-id "$job"
echo GetFaceDetection $(call get-face-detection --job-id "$job" --query '[JobStatus, JobTag, VideoMetadata.Codec, length(Faces), length(Faces[0].Face.Landmarks)]')
job=$(call start-face-search --video "$video" --collection-id "$collection" --face-match-threshold 60 --query JobId)
echo StartFaceSearch "$(length "$job")"
ended get-face-search --job-id "$job"
# The CLI does not ask for the pages of these operations by itself.
page() {
  call get-face-search --job-id "$job" --sort-by INDEX --max-results 2 "$@"
}
rows='' token=''
while
  rows="$rows $(page ${token:+--next-token "$token"} --query 'Persons[].[Person.Index, FaceMatches[0].Face.ExternalImageId]' | tr '\t' :)"
  token=$(page ${token:+--next-token "$token"} --query NextToken)
  [ "$token" != None ]
do :; done
each() {
  printf '%s\n' $rows | cut -d : -f "$1" | grep -v None | sort -u
}
echo GetFaceSearch "$(call get-face-search --job-id "$job" --query JobStatus)" $(echo $rows | wc -w) $(each 1 | wc -l) $(each 2)
call get-face-search --job-id "$(printf '%064d' 0)" 2>&1 | sed -n 's/.*(\(ResourceNotFoundException\)).*/error \1 400/p'
