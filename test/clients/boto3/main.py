"""All operations with boto3: python main.py ENDPOINT FOLDER COLLECTION"""

import sys

import boto3

endpoint, folder, collection = sys.argv[1:4]
client = boto3.client("rekognition", endpoint_url=endpoint)


def photo(name):
    with open(f"{folder}/{name}", "rb") as file:
        return {"Bytes": file.read()}


one, two = photo("sample1.jpg"), photo("sample3.jpg")
here = {"CollectionId": collection}

print("CreateCollection", client.create_collection(**here)["StatusCode"])
described = client.describe_collection(**here)
print("DescribeCollection", described["FaceCount"])
print("ListCollections", str(collection in client.list_collections()["CollectionIds"]).lower())
arn = described["CollectionARN"]
client.tag_resource(ResourceArn=arn, Tags={"colour": "red"})
print("TagResource")
print("ListTagsForResource", client.list_tags_for_resource(ResourceArn=arn)["Tags"]["colour"])
client.untag_resource(ResourceArn=arn, TagKeys=["colour"])
print("UntagResource")
indexed = client.index_faces(**here, Image=one, ExternalImageId="halloween", DetectionAttributes=["DEFAULT"])
print("IndexFaces", len(indexed["FaceRecords"]))
pages = client.get_paginator("list_faces").paginate(**here, PaginationConfig={"PageSize": 2})
faces = [face["FaceId"] for page in pages for face in page["Faces"]]
print("ListFaces", len(faces))
details = client.detect_faces(Image=two, Attributes=["ALL"])["FaceDetails"]
print("DetectFaces", len(details), len(details[0]["Landmarks"]))
print("CompareFaces", len(client.compare_faces(SourceImage=two, TargetImage=one)["FaceMatches"]))
matches = client.search_faces_by_image(**here, Image=two)["FaceMatches"]
face = matches[0]["Face"]
print("SearchFacesByImage", len(matches), face["ExternalImageId"])
by_face = client.search_faces(**here, FaceId=face["FaceId"], FaceMatchThreshold=0)
print("SearchFaces", len(by_face["FaceMatches"]))
client.create_user(**here, UserId="anna")
print("CreateUser")
user = {**here, "UserId": "anna", "FaceIds": [face["FaceId"]]}
print("AssociateFaces", len(client.associate_faces(**user)["AssociatedFaces"]))
print("ListUsers", client.list_users(**here)["Users"][0]["UserStatus"])
print("SearchUsers", client.search_users(**here, FaceId=face["FaceId"])["UserMatches"][0]["User"]["UserId"])
print("SearchUsersByImage", client.search_users_by_image(**here, Image=two)["UserMatches"][0]["User"]["UserId"])
print("DisassociateFaces", len(client.disassociate_faces(**user)["DisassociatedFaces"]))
client.delete_user(**here, UserId="anna")
print("DeleteUser")
print("DeleteFaces", len(client.delete_faces(**here, FaceIds=faces)["DeletedFaces"]))
print("DeleteCollection", client.delete_collection(**here)["StatusCode"])
try:
    client.describe_collection(**here)
except client.exceptions.ResourceNotFoundException as error:
    print("error", error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
