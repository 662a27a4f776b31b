// All operations with the AWS SDK for Go, version 2: go run . ENDPOINT FOLDER COLLECTION
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func photo(folder, name string) *types.Image {
	return &types.Image{Bytes: must(os.ReadFile(folder + "/" + name))}
}

func main() {
	endpoint, folder, collection := os.Args[1], os.Args[2], aws.String(os.Args[3])
	ctx := context.Background()
	client := rekognition.NewFromConfig(must(config.LoadDefaultConfig(ctx)), func(options *rekognition.Options) {
		options.BaseEndpoint = aws.String(endpoint)
	})
	one, two := photo(folder, "sample1.jpg"), photo(folder, "sample3.jpg")
	anna := aws.String("anna")

	created := must(client.CreateCollection(ctx, &rekognition.CreateCollectionInput{CollectionId: collection}))
	fmt.Println("CreateCollection", *created.StatusCode)
	described := must(client.DescribeCollection(ctx, &rekognition.DescribeCollectionInput{CollectionId: collection}))
	fmt.Println("DescribeCollection", *described.FaceCount)
	collections := must(client.ListCollections(ctx, &rekognition.ListCollectionsInput{}))
	fmt.Println("ListCollections", slices.Contains(collections.CollectionIds, *collection))
	arn := described.CollectionARN
	must(client.TagResource(ctx, &rekognition.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"colour": "red"}}))
	fmt.Println("TagResource")
	tags := must(client.ListTagsForResource(ctx, &rekognition.ListTagsForResourceInput{ResourceArn: arn}))
	fmt.Println("ListTagsForResource", tags.Tags["colour"])
	must(client.UntagResource(ctx, &rekognition.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"colour"}}))
	fmt.Println("UntagResource")
	indexed := must(client.IndexFaces(ctx, &rekognition.IndexFacesInput{
		CollectionId:        collection,
		Image:               one,
		ExternalImageId:     aws.String("halloween"),
		DetectionAttributes: []types.Attribute{types.AttributeDefault},
	}))
	fmt.Println("IndexFaces", len(indexed.FaceRecords))
	var faces []string
	pages := rekognition.NewListFacesPaginator(client, &rekognition.ListFacesInput{CollectionId: collection, MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		for _, face := range must(pages.NextPage(ctx)).Faces {
			faces = append(faces, *face.FaceId)
		}
	}
	fmt.Println("ListFaces", len(faces))
	detected := must(client.DetectFaces(ctx, &rekognition.DetectFacesInput{Image: two, Attributes: []types.Attribute{types.AttributeAll}}))
	fmt.Println("DetectFaces", len(detected.FaceDetails), len(detected.FaceDetails[0].Landmarks))
	compared := must(client.CompareFaces(ctx, &rekognition.CompareFacesInput{SourceImage: two, TargetImage: one}))
	fmt.Println("CompareFaces", len(compared.FaceMatches))
	byImage := must(client.SearchFacesByImage(ctx, &rekognition.SearchFacesByImageInput{CollectionId: collection, Image: two}))
	face := byImage.FaceMatches[0].Face
	fmt.Println("SearchFacesByImage", len(byImage.FaceMatches), *face.ExternalImageId)
	byFace := must(client.SearchFaces(ctx, &rekognition.SearchFacesInput{CollectionId: collection, FaceId: face.FaceId, FaceMatchThreshold: aws.Float32(0)}))
	fmt.Println("SearchFaces", len(byFace.FaceMatches))
	must(client.CreateUser(ctx, &rekognition.CreateUserInput{CollectionId: collection, UserId: anna}))
	fmt.Println("CreateUser")
	ids := []string{*face.FaceId}
	associated := must(client.AssociateFaces(ctx, &rekognition.AssociateFacesInput{CollectionId: collection, UserId: anna, FaceIds: ids}))
	fmt.Println("AssociateFaces", len(associated.AssociatedFaces))
	users := must(client.ListUsers(ctx, &rekognition.ListUsersInput{CollectionId: collection}))
	fmt.Println("ListUsers", users.Users[0].UserStatus)
	found := must(client.SearchUsers(ctx, &rekognition.SearchUsersInput{CollectionId: collection, FaceId: face.FaceId}))
	fmt.Println("SearchUsers", *found.UserMatches[0].User.UserId)
	foundByImage := must(client.SearchUsersByImage(ctx, &rekognition.SearchUsersByImageInput{CollectionId: collection, Image: two}))
	fmt.Println("SearchUsersByImage", *foundByImage.UserMatches[0].User.UserId)
	disassociated := must(client.DisassociateFaces(ctx, &rekognition.DisassociateFacesInput{CollectionId: collection, UserId: anna, FaceIds: ids}))
	fmt.Println("DisassociateFaces", len(disassociated.DisassociatedFaces))
	must(client.DeleteUser(ctx, &rekognition.DeleteUserInput{CollectionId: collection, UserId: anna}))
	fmt.Println("DeleteUser")
	deleted := must(client.DeleteFaces(ctx, &rekognition.DeleteFacesInput{CollectionId: collection, FaceIds: faces}))
	fmt.Println("DeleteFaces", len(deleted.DeletedFaces))
	gone := must(client.DeleteCollection(ctx, &rekognition.DeleteCollectionInput{CollectionId: collection}))
	fmt.Println("DeleteCollection", *gone.StatusCode)
	_, err := client.DescribeCollection(ctx, &rekognition.DescribeCollectionInput{CollectionId: collection})
	var notFound *types.ResourceNotFoundException
	var response *awshttp.ResponseError
	if errors.As(err, &notFound) && errors.As(err, &response) {
		fmt.Println("error", notFound.ErrorCode(), response.HTTPStatusCode())
	}
}
