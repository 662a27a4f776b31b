<?php
// All operations with the AWS SDK for PHP, version 3: php main.php ENDPOINT FOLDER COLLECTION
require getenv('CLIENT_VENDOR') . '/autoload.php';

use Aws\Rekognition\Exception\RekognitionException;
use Aws\Rekognition\RekognitionClient;

[, $endpoint, $folder, $collection] = $argv;
$client = new RekognitionClient(['endpoint' => $endpoint, 'region' => getenv('AWS_REGION'), 'version' => '2016-06-27']);
$photo = fn (string $name) => ['Bytes' => file_get_contents("$folder/$name")];
$say = function (...$words) {
    echo implode(' ', array_map(fn ($word) => is_bool($word) ? var_export($word, true) : $word, $words)), "\n";
};
[$one, $two] = [$photo('sample1.jpg'), $photo('sample3.jpg')];
$here = ['CollectionId' => $collection];

$say('CreateCollection', $client->createCollection($here)['StatusCode']);
$described = $client->describeCollection($here);
$say('DescribeCollection', $described['FaceCount']);
$say('ListCollections', in_array($collection, $client->listCollections()['CollectionIds']));
$arn = ['ResourceArn' => $described['CollectionARN']];
$client->tagResource($arn + ['Tags' => ['colour' => 'red']]);
$say('TagResource');
$say('ListTagsForResource', $client->listTagsForResource($arn)['Tags']['colour']);
$client->untagResource($arn + ['TagKeys' => ['colour']]);
$say('UntagResource');
$indexed = $client->indexFaces($here + ['Image' => $one, 'ExternalImageId' => 'halloween', 'DetectionAttributes' => ['DEFAULT']]);
$say('IndexFaces', count($indexed['FaceRecords']));
$faces = array_column($client->listFaces($here)['Faces'], 'FaceId');
$say('ListFaces', count($faces));
$details = $client->detectFaces(['Image' => $two, 'Attributes' => ['ALL']])['FaceDetails'];
$say('DetectFaces', count($details), count($details[0]['Landmarks']));
$say('CompareFaces', count($client->compareFaces(['SourceImage' => $two, 'TargetImage' => $one])['FaceMatches']));
$matches = $client->searchFacesByImage($here + ['Image' => $two])['FaceMatches'];
$face = $matches[0]['Face'];
$say('SearchFacesByImage', count($matches), $face['ExternalImageId']);
$byFace = $client->searchFaces($here + ['FaceId' => $face['FaceId'], 'FaceMatchThreshold' => 0]);
$say('SearchFaces', count($byFace['FaceMatches']));
$client->createUser($here + ['UserId' => 'anna']);
$say('CreateUser');
$user = $here + ['UserId' => 'anna', 'FaceIds' => [$face['FaceId']]];
$say('AssociateFaces', count($client->associateFaces($user)['AssociatedFaces']));
$say('ListUsers', $client->listUsers($here)['Users'][0]['UserStatus']);
$say('SearchUsers', $client->searchUsers($here + ['FaceId' => $face['FaceId']])['UserMatches'][0]['User']['UserId']);
$say('SearchUsersByImage', $client->searchUsersByImage($here + ['Image' => $two])['UserMatches'][0]['User']['UserId']);
$say('DisassociateFaces', count($client->disassociateFaces($user)['DisassociatedFaces']));
$client->deleteUser($here + ['UserId' => 'anna']);
$say('DeleteUser');
$say('DeleteFaces', count($client->deleteFaces($here + ['FaceIds' => $faces])['DeletedFaces']));
$say('DeleteCollection', $client->deleteCollection($here)['StatusCode']);
try {
    $client->describeCollection($here);
} catch (RekognitionException $error) {
    $say('error', $error->getAwsErrorCode(), $error->getStatusCode());
}
