"""A list of people who may come in: each is a user with some faces; whoever stands at the door is searched for.

    pip install boto3
    python examples/python/door_list.py
"""

import os

import boto3

COLLECTION = "example-door-list"
# So rarely are two strangers this alike that a door may open; whoever is not found is asked by a person.
THRESHOLD = 95

client = boto3.client(
    "rekognition",
    endpoint_url=os.environ.get("AWS_ENDPOINT_URL_REKOGNITION", "http://127.0.0.1:8000"),
    region_name=os.environ.get("AWS_REGION", "us-east-1"),
    # On this machine any credentials will do; elsewhere they are an access key of Recollect's.
    aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "any"),
    aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "any"),
)


def photograph(number):
    with open(f"samples/sample{number}.jpg", "rb") as file:
        return {"Bytes": file.read()}


def admit(name, number):
    """The largest face of a photograph is somebody who may come in."""
    indexed = client.index_faces(CollectionId=COLLECTION, Image=photograph(number), MaxFaces=1)
    client.create_user(CollectionId=COLLECTION, UserId=name)
    face = indexed["FaceRecords"][0]["Face"]["FaceId"]
    client.associate_faces(CollectionId=COLLECTION, UserId=name, FaceIds=[face])


def at_the_door(number):
    """The largest face of a photograph wants to come in."""
    found = client.search_users_by_image(
        CollectionId=COLLECTION, Image=photograph(number), UserMatchThreshold=THRESHOLD, MaxUsers=1
    )
    matches = found["UserMatches"]
    if not matches:
        return "nobody on the list: ask"
    return f"{matches[0]['User']['UserId']}: come in"


client.create_collection(CollectionId=COLLECTION)
try:
    admit("anna", 1)
    print("sample3.jpg:", at_the_door(3))
    print("sample4.jpg:", at_the_door(4))
finally:
    client.delete_collection(CollectionId=COLLECTION)
