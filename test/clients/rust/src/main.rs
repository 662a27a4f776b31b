//! All operations with the AWS SDK for Rust: cargo run -- ENDPOINT FOLDER COLLECTION

use aws_sdk_rekognition::primitives::Blob;
use aws_sdk_rekognition::types::{Attribute, Image};
use aws_sdk_rekognition::{Client, Error};

fn photo(folder: &str, name: &str) -> Image {
    let bytes = std::fs::read(format!("{folder}/{name}")).expect("a photograph");
    Image::builder().bytes(Blob::new(bytes)).build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().collect();
    let (endpoint, folder, collection) = (&args[1], &args[2], &args[3]);
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let settings = aws_sdk_rekognition::config::Builder::from(&config).endpoint_url(endpoint);
    let client = Client::from_conf(settings.build());
    let (one, two) = (photo(folder, "sample1.jpg"), photo(folder, "sample3.jpg"));

    let created = client.create_collection().collection_id(collection).send().await?;
    println!("CreateCollection {}", created.status_code().unwrap());
    let described = client.describe_collection().collection_id(collection).send().await?;
    println!("DescribeCollection {}", described.face_count().unwrap());
    let collections = client.list_collections().send().await?;
    println!("ListCollections {}", collections.collection_ids().contains(collection));
    let arn = described.collection_arn().unwrap();
    client.tag_resource().resource_arn(arn).tags("colour", "red").send().await?;
    println!("TagResource");
    let tags = client.list_tags_for_resource().resource_arn(arn).send().await?;
    println!("ListTagsForResource {}", tags.tags().unwrap()["colour"]);
    client.untag_resource().resource_arn(arn).tag_keys("colour").send().await?;
    println!("UntagResource");
    let indexed = client
        .index_faces()
        .collection_id(collection)
        .image(one.clone())
        .external_image_id("halloween")
        .detection_attributes(Attribute::Default)
        .send()
        .await?;
    println!("IndexFaces {}", indexed.face_records().len());
    let listed = client.list_faces().collection_id(collection).send().await?;
    let faces: Vec<String> =
        listed.faces().iter().map(|face| face.face_id().unwrap().to_string()).collect();
    println!("ListFaces {}", faces.len());
    let detected =
        client.detect_faces().image(two.clone()).attributes(Attribute::All).send().await?;
    let details = detected.face_details();
    println!("DetectFaces {} {}", details.len(), details[0].landmarks().len());
    let compared =
        client.compare_faces().source_image(two.clone()).target_image(one.clone()).send().await?;
    println!("CompareFaces {}", compared.face_matches().len());
    let by_image =
        client.search_faces_by_image().collection_id(collection).image(two.clone()).send().await?;
    let face = by_image.face_matches()[0].face().unwrap();
    let id = face.face_id().unwrap();
    let name = face.external_image_id().unwrap();
    println!("SearchFacesByImage {} {name}", by_image.face_matches().len());
    let by_face = client
        .search_faces()
        .collection_id(collection)
        .face_id(id)
        .face_match_threshold(0.0)
        .send()
        .await?;
    println!("SearchFaces {}", by_face.face_matches().len());
    client.create_user().collection_id(collection).user_id("anna").send().await?;
    println!("CreateUser");
    let associated = client
        .associate_faces()
        .collection_id(collection)
        .user_id("anna")
        .face_ids(id)
        .send()
        .await?;
    println!("AssociateFaces {}", associated.associated_faces().len());
    let users = client.list_users().collection_id(collection).send().await?;
    println!("ListUsers {}", users.users()[0].user_status().unwrap());
    let found = client.search_users().collection_id(collection).face_id(id).send().await?;
    println!("SearchUsers {}", found.user_matches()[0].user().unwrap().user_id().unwrap());
    let found =
        client.search_users_by_image().collection_id(collection).image(two).send().await?;
    println!("SearchUsersByImage {}", found.user_matches()[0].user().unwrap().user_id().unwrap());
    let disassociated = client
        .disassociate_faces()
        .collection_id(collection)
        .user_id("anna")
        .face_ids(id)
        .send()
        .await?;
    println!("DisassociateFaces {}", disassociated.disassociated_faces().len());
    client.delete_user().collection_id(collection).user_id("anna").send().await?;
    println!("DeleteUser");
    let deleted =
        client.delete_faces().collection_id(collection).set_face_ids(Some(faces)).send().await?;
    println!("DeleteFaces {}", deleted.deleted_faces().len());
    let gone = client.delete_collection().collection_id(collection).send().await?;
    println!("DeleteCollection {}", gone.status_code().unwrap());
    let refused = client.describe_collection().collection_id(collection).send().await;
    let error = refused.expect_err("the collection is gone");
    let status = error.raw_response().unwrap().status().as_u16();
    if error.into_service_error().is_resource_not_found_exception() {
        println!("error ResourceNotFoundException {status}");
    }
    Ok(())
}
