"""Who is in a photograph, all faces in one call: an operation of Recollect's own, through boto3.

    pip install boto3
    python examples/python/extension.py
"""

import base64
import json
import os

import boto3

COLLECTION = "example-extension"

client = boto3.client(
    "rekognition",
    endpoint_url=os.environ.get("AWS_ENDPOINT_URL_REKOGNITION", "http://127.0.0.1:8000"),
    region_name=os.environ.get("AWS_REGION", "us-east-1"),
    # On this machine any credentials will do; elsewhere they are an access key of Recollect's.
    aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "any"),
    aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "any"),
)


def extension(name, **request):
    """boto3 signs, repeats and reads errors as always; the call that it sends has another name."""

    def rename(params, **_):
        params["headers"]["X-Amz-Target"] = f"Recollect.{name}"
        params["body"] = json.dumps(request).encode()

    def read(http_response, parsed, **_):
        if http_response.status_code == 200:
            parsed.update(json.loads(http_response.content))

    client.meta.events.register("before-call.rekognition.ListCollections", rename)
    client.meta.events.register("after-call.rekognition.ListCollections", read)
    try:
        return client.list_collections()
    finally:
        client.meta.events.unregister("before-call.rekognition.ListCollections", rename)
        client.meta.events.unregister("after-call.rekognition.ListCollections", read)


def photograph(number):
    with open(f"samples/sample{number}.jpg", "rb") as file:
        return file.read()


client.create_collection(CollectionId=COLLECTION)
try:
    client.index_faces(
        CollectionId=COLLECTION, Image={"Bytes": photograph(1)}, ExternalImageId="halloween"
    )
    image = {"Bytes": base64.b64encode(photograph(3)).decode()}
    for face in extension("SearchAllFacesByImage", CollectionId=COLLECTION, Image=image)["SearchedFaces"]:
        photographs = [match["Face"]["ExternalImageId"] for match in face["FaceMatches"]]
        print("known from " + ", ".join(photographs) if photographs else "not known")
finally:
    client.delete_collection(CollectionId=COLLECTION)
