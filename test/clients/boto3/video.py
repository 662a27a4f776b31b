"""The operations on stored video with boto3: python video.py ENDPOINT BUCKET CLIP COLLECTION"""

import sys
import time

import boto3

endpoint, bucket, clip, collection = sys.argv[1:5]
client = boto3.client("rekognition", endpoint_url=endpoint)
video = {"S3Object": {"Bucket": bucket, "Name": clip}}


def ended(get, **asked):
    while (answer := get(**asked))["JobStatus"] == "IN_PROGRESS":
        time.sleep(0.2)
    return answer


job = client.start_face_detection(Video=video, FaceAttributes="ALL", JobTag="clients")["JobId"]
print("StartFaceDetection", len(job))
detected = ended(client.get_face_detection, JobId=job)
print(
    "GetFaceDetection",
    detected["JobStatus"],
    detected["JobTag"],
    detected["VideoMetadata"]["Codec"],
    len(detected["Faces"]),
    len(detected["Faces"][0]["Face"]["Landmarks"]),
)
job = client.start_face_search(Video=video, CollectionId=collection, FaceMatchThreshold=60)["JobId"]
print("StartFaceSearch", len(job))
ended(client.get_face_search, JobId=job)
persons, token = [], {}
while True:
    page = client.get_face_search(JobId=job, SortBy="INDEX", MaxResults=2, **token)
    persons += page["Persons"]
    if "NextToken" not in page:
        break
    token = {"NextToken": page["NextToken"]}
names = {match["Face"]["ExternalImageId"] for person in persons for match in person["FaceMatches"]}
indexes = {person["Person"]["Index"] for person in persons}
print("GetFaceSearch", page["JobStatus"], len(persons), len(indexes), " ".join(sorted(names)))
try:
    client.get_face_search(JobId="0" * 64)
except client.exceptions.ResourceNotFoundException as error:
    print("error", error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
