# All operations with the AWS SDK for Ruby, version 3: ruby main.rb ENDPOINT FOLDER COLLECTION
require 'aws-sdk-rekognition'

endpoint, folder, collection_id = ARGV
client = Aws::Rekognition::Client.new(endpoint: endpoint)
photo = ->(name) { { bytes: File.binread("#{folder}/#{name}") } }
one, two = photo.call('sample1.jpg'), photo.call('sample3.jpg')
here = { collection_id: collection_id }

puts "CreateCollection #{client.create_collection(**here).status_code}"
described = client.describe_collection(**here)
puts "DescribeCollection #{described.face_count}"
puts "ListCollections #{client.list_collections.collection_ids.include?(collection_id)}"
arn = described.collection_arn
client.tag_resource(resource_arn: arn, tags: { 'colour' => 'red' })
puts 'TagResource'
puts "ListTagsForResource #{client.list_tags_for_resource(resource_arn: arn).tags['colour']}"
client.untag_resource(resource_arn: arn, tag_keys: ['colour'])
puts 'UntagResource'
indexed = client.index_faces(**here, image: one, external_image_id: 'halloween', detection_attributes: ['DEFAULT'])
puts "IndexFaces #{indexed.face_records.size}"
faces = client.list_faces(**here).faces.map(&:face_id)
puts "ListFaces #{faces.size}"
details = client.detect_faces(image: two, attributes: ['ALL']).face_details
puts "DetectFaces #{details.size} #{details.first.landmarks.size}"
puts "CompareFaces #{client.compare_faces(source_image: two, target_image: one).face_matches.size}"
matches = client.search_faces_by_image(**here, image: two).face_matches
face = matches.first.face
puts "SearchFacesByImage #{matches.size} #{face.external_image_id}"
by_face = client.search_faces(**here, face_id: face.face_id, face_match_threshold: 0)
puts "SearchFaces #{by_face.face_matches.size}"
client.create_user(**here, user_id: 'anna')
puts 'CreateUser'
user = { **here, user_id: 'anna', face_ids: [face.face_id] }
puts "AssociateFaces #{client.associate_faces(**user).associated_faces.size}"
puts "ListUsers #{client.list_users(**here).users.first.user_status}"
puts "SearchUsers #{client.search_users(**here, face_id: face.face_id).user_matches.first.user.user_id}"
puts "SearchUsersByImage #{client.search_users_by_image(**here, image: two).user_matches.first.user.user_id}"
puts "DisassociateFaces #{client.disassociate_faces(**user).disassociated_faces.size}"
client.delete_user(**here, user_id: 'anna')
puts 'DeleteUser'
puts "DeleteFaces #{client.delete_faces(**here, face_ids: faces).deleted_faces.size}"
puts "DeleteCollection #{client.delete_collection(**here).status_code}"
begin
  client.describe_collection(**here)
rescue Aws::Rekognition::Errors::ResourceNotFoundException => e
  puts "error #{e.code} #{e.context.http_response.status_code}"
end
