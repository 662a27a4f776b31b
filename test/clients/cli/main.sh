#!/bin/sh
# All operations with the AWS CLI: sh cli.sh ENDPOINT FOLDER COLLECTION
set -eu
endpoint=$1 folder=$2 collection=$3
call() {
  aws rekognition "$@" --endpoint-url "$endpoint" --output text
}
one="--image-bytes fileb://$folder/sample1.jpg"
two="--image-bytes fileb://$folder/sample3.jpg"
here="--collection-id $collection"

echo CreateCollection "$(call create-collection $here --query StatusCode)"
echo DescribeCollection "$(call describe-collection $here --query FaceCount)"
echo ListCollections "$(call list-collections --query "contains(CollectionIds, '$collection')" | tr TF tf)"
arn=$(call describe-collection $here --query CollectionARN)
call tag-resource --resource-arn "$arn" --tags colour=red
echo TagResource
echo ListTagsForResource "$(call list-tags-for-resource --resource-arn "$arn" --query Tags.colour)"
call untag-resource --resource-arn "$arn" --tag-keys colour
echo UntagResource
echo IndexFaces "$(call index-faces $here $one --external-image-id halloween --detection-attributes DEFAULT --query 'length(FaceRecords)')"
faces=$(call list-faces $here --query 'Faces[].FaceId')
echo ListFaces "$(echo "$faces" | wc -w | tr -d ' ')"
echo DetectFaces $(call detect-faces $two --attributes ALL --query '[length(FaceDetails), length(FaceDetails[0].Landmarks)]')
echo CompareFaces "$(call compare-faces --source-image-bytes "fileb://$folder/sample3.jpg" --target-image-bytes "fileb://$folder/sample1.jpg" --query 'length(FaceMatches)')"
echo SearchFacesByImage $(call search-faces-by-image $here $two --query '[length(FaceMatches), FaceMatches[0].Face.ExternalImageId]')
face=$(call search-faces-by-image $here $two --query 'FaceMatches[0].Face.FaceId')
echo SearchFaces "$(call search-faces $here --face-id "$face" --face-match-threshold 0 --query 'length(FaceMatches)')"
call create-user $here --user-id anna
echo CreateUser
echo AssociateFaces "$(call associate-faces $here --user-id anna --face-ids "$face" --query 'length(AssociatedFaces)')"
echo ListUsers "$(call list-users $here --query 'Users[0].UserStatus')"
echo SearchUsers "$(call search-users $here --face-id "$face" --query 'UserMatches[0].User.UserId')"
echo SearchUsersByImage "$(call search-users-by-image $here $two --query 'UserMatches[0].User.UserId')"
echo DisassociateFaces "$(call disassociate-faces $here --user-id anna --face-ids "$face" --query 'length(DisassociatedFaces)')"
call delete-user $here --user-id anna
echo DeleteUser
echo DeleteFaces "$(call delete-faces $here --face-ids $faces --query 'length(DeletedFaces)')"
echo DeleteCollection "$(call delete-collection $here --query StatusCode)"
call describe-collection $here 2>&1 | sed -n 's/.*(\(ResourceNotFoundException\)).*/error \1 400/p'
