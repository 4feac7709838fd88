import Foundation

/// An authority that nobody else knows, with a certificate for a server and one for a client, made by the program `openssl`
/// in a temporary folder.
///
/// ```swift
/// let certificates = try await TestCertificates.make()
/// let server = try await RedisServer.start(.init(certificates: certificates))
/// // server.url is rediss://127.0.0.1:…; a client trusts it by certificates.authority.
/// ```
package final class TestCertificates: Sendable {
    private let folder: TemporaryFolder

    /// The file of the authority's certificate, which a client has to trust.
    package var authority: String { folder.file("ca.crt") }
    /// The server's certificate.
    package var certificate: String { folder.file("server.crt") }
    package var key: String { folder.file("server.key") }
    /// A client's certificate, for a server that asks for one.
    package var clientCertificate: String { folder.file("client.crt") }
    package var clientKey: String { folder.file("client.key") }

    /// - Parameter names: what the server's certificate is for, as `subjectAltName` has it.
    /// - Throws: ``CertificateError``, ``ProgramNotStarted``.
    package static func make(names: String = "IP:127.0.0.1,DNS:localhost") async throws -> TestCertificates {
        let certificates = try TestCertificates()
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try await certificates.openssl(
            ["req", "-x509"] + curve + [
                "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=Roost tests",
            ]
        )
        for (name, extensions) in [
            ("server", "subjectAltName=\(names)\nextendedKeyUsage=serverAuth\n"),
            ("client", "extendedKeyUsage=clientAuth\n"),
        ] {
            let file = certificates.folder.file("\(name).ext")
            try extensions.write(toFile: file, atomically: true, encoding: .utf8)
            try await certificates.openssl(
                ["req"] + curve + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"]
            )
            try await certificates.openssl([
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "2",
                "-extfile", "\(name).ext", "-out", "\(name).crt",
            ])
        }
        return certificates
    }

    private init() throws {
        folder = try TemporaryFolder()
    }

    private func openssl(_ arguments: [String]) async throws {
        let result = try await Program(at: "/usr/bin/env", ["openssl"] + arguments, in: folder.path).result()
        guard result.status == 0 else { throw CertificateError(description: "openssl: \(result.errors)") }
    }
}

package struct CertificateError: Error, CustomStringConvertible {
    package let description: String
}
