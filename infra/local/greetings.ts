/** What somebody is told who opens the printed addresses in a browser. */

export const GREETING = `This is Recollect: face collections as Amazon Rekognition has them, on this machine.

It is called by the AWS SDKs and the AWS CLI with this address as their endpoint, or by plain HTTP:

    curl -s http://127.0.0.1:8000/ListCollections -d '{}'

with the host and port of the address that you have opened. GET /events follows what becomes of uploads.
`;
export const S3_GREETING = `This is the S3 of Recollect, for the AWS SDKs and the AWS CLI with this address as their endpoint:

    aws s3 ls --endpoint-url http://127.0.0.1:8001

with the host and port of the address that you have opened.
`;
