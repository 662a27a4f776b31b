import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.rekognition.RekognitionClient;
import software.amazon.awssdk.services.rekognition.model.Attribute;
import software.amazon.awssdk.services.rekognition.model.Face;
import software.amazon.awssdk.services.rekognition.model.Image;
import software.amazon.awssdk.services.rekognition.model.ResourceNotFoundException;

/** All operations with the AWS SDK for Java, version 2: Main ENDPOINT FOLDER COLLECTION */
public final class Main {
  public static void main(String[] args) throws IOException {
    String collection = args[2];
    Image one = photo(args[1], "sample1.jpg");
    Image two = photo(args[1], "sample3.jpg");
    try (RekognitionClient client =
        RekognitionClient.builder().endpointOverride(URI.create(args[0])).build()) {
      say("CreateCollection", client.createCollection(r -> r.collectionId(collection)).statusCode());
      var described = client.describeCollection(r -> r.collectionId(collection));
      say("DescribeCollection", described.faceCount());
      say("ListCollections", client.listCollections().collectionIds().contains(collection));
      String arn = described.collectionARN();
      client.tagResource(r -> r.resourceArn(arn).tags(Map.of("colour", "red")));
      say("TagResource");
      say("ListTagsForResource", client.listTagsForResource(r -> r.resourceArn(arn)).tags().get("colour"));
      client.untagResource(r -> r.resourceArn(arn).tagKeys("colour"));
      say("UntagResource");
      var indexed =
          client.indexFaces(
              r ->
                  r.collectionId(collection)
                      .image(one)
                      .externalImageId("halloween")
                      .detectionAttributes(Attribute.DEFAULT));
      say("IndexFaces", indexed.faceRecords().size());
      List<String> faces =
          client.listFacesPaginator(r -> r.collectionId(collection).maxResults(2)).stream()
              .flatMap(page -> page.faces().stream())
              .map(Face::faceId)
              .toList();
      say("ListFaces", faces.size());
      var detected = client.detectFaces(r -> r.image(two).attributes(Attribute.ALL)).faceDetails();
      say("DetectFaces", detected.size(), detected.get(0).landmarks().size());
      say(
          "CompareFaces",
          client.compareFaces(r -> r.sourceImage(two).targetImage(one)).faceMatches().size());
      var byImage =
          client.searchFacesByImage(r -> r.collectionId(collection).image(two)).faceMatches();
      Face face = byImage.get(0).face();
      say("SearchFacesByImage", byImage.size(), face.externalImageId());
      String id = face.faceId();
      say(
          "SearchFaces",
          client
              .searchFaces(r -> r.collectionId(collection).faceId(id).faceMatchThreshold(0f))
              .faceMatches()
              .size());
      client.createUser(r -> r.collectionId(collection).userId("anna"));
      say("CreateUser");
      say(
          "AssociateFaces",
          client
              .associateFaces(r -> r.collectionId(collection).userId("anna").faceIds(id))
              .associatedFaces()
              .size());
      say(
          "ListUsers",
          client.listUsers(r -> r.collectionId(collection)).users().get(0).userStatusAsString());
      say(
          "SearchUsers",
          client
              .searchUsers(r -> r.collectionId(collection).faceId(id))
              .userMatches()
              .get(0)
              .user()
              .userId());
      say(
          "SearchUsersByImage",
          client
              .searchUsersByImage(r -> r.collectionId(collection).image(two))
              .userMatches()
              .get(0)
              .user()
              .userId());
      say(
          "DisassociateFaces",
          client
              .disassociateFaces(r -> r.collectionId(collection).userId("anna").faceIds(id))
              .disassociatedFaces()
              .size());
      client.deleteUser(r -> r.collectionId(collection).userId("anna"));
      say("DeleteUser");
      say(
          "DeleteFaces",
          client.deleteFaces(r -> r.collectionId(collection).faceIds(faces)).deletedFaces().size());
      say("DeleteCollection", client.deleteCollection(r -> r.collectionId(collection)).statusCode());
      try {
        client.describeCollection(r -> r.collectionId(collection));
      } catch (ResourceNotFoundException error) {
        say("error", error.awsErrorDetails().errorCode(), error.statusCode());
      }
    }
  }

  private static Image photo(String folder, String name) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(folder, name));
    return Image.builder().bytes(SdkBytes.fromByteArray(bytes)).build();
  }

  private static void say(Object... words) {
    System.out.println(String.join(" ", List.of(words).stream().map(String::valueOf).toList()));
  }
}
