import SwiftSyntaxMacrosGenericTestSupport
import Testing

struct StructTests {
    @Test("a struct that conforms gets a record and nothing else")
    func record() {
        expectExpansion(
            of: """
                @available(macOS 15, *)
                @Job public struct Cleanup: Job {
                    var days: Int
                }
                """,
            is: """
                @available(macOS 15, *)
                public struct Cleanup: Job {
                    var days: Int
                }

                @available(macOS 15, *)
                private nonisolated enum $Cleanup {
                    #if objectFormat(MachO)
                    @section("__DATA_CONST,roost_jobs") @used
                    private static let __record: Roost::JobRecord = (
                        0x726F_6F73_746A_6F62,
                        {
                            $0.assumingMemoryBound(to: (any Roost::Job.Type).self).initialize(to: Cleanup.self)
                        }
                    )
                    #else
                    @section("roost_jobs") @used
                    private static let __record: Roost::JobRecord = (
                        0x726F_6F73_746A_6F62,
                        {
                            $0.assumingMemoryBound(to: (any Roost::Job.Type).self).initialize(to: Cleanup.self)
                        }
                    )
                    #endif
                }
                """,
            at: TestFailureLocation(fileID: #fileID, filePath: #filePath, line: #line, column: #column)
        )
    }

    @Test(
        "a struct may conform by any protocol that could refine Job",
        arguments: ["Job", "Roost.Job", "Roost::Job", "Codable, Job", "Hashable, MailJob", "Sendable & Job"]
    )
    func conformances(clause: String) {
        expectExpansion(of: "@Job struct A: \(clause) {}", holds: "enum $A")
    }

    @Test("a struct that does not say that it conforms is refused")
    func noConformance() {
        expectRefusal(
            of: "@Job struct Cleanup {\n}",
            Refusal(
                message:
                    "@Job on a struct lets workers find it, and 'Cleanup' does not say here that it conforms to Job",
                column: 13,
                fixIts: ["conform to Job"],
                fixed: "@Job struct Cleanup: Job {\n}"
            )
        )
        expectRefusal(
            of: "@Job struct Cleanup: Codable, Sendable {\n}",
            Refusal(
                message:
                    "@Job on a struct lets workers find it, and 'Cleanup' does not say here that it conforms to Job",
                column: 13,
                fixIts: ["conform to Job"],
                fixed: "@Job struct Cleanup: Codable, Sendable, Job {\n}"
            )
        )
    }

    @Test("arguments on a struct belong into it")
    func arguments() {
        expectRefusal(
            of: """
                @Job("clean", aliases: ["cleanup"], retries: 3, expires: hour) public struct Cleanup: Job {
                    public var days: Int
                }
                """,
            Refusal(
                message: "on a struct @Job takes no arguments; write static properties: 'kind', 'aliases', 'options'",
                column: 6,
                fixIts: ["write them in the struct"],
                fixed: """
                    @Job public struct Cleanup: Job {
                        public static let kind = "clean"
                        public static let aliases = ["cleanup"]
                        public static let options = JobOptions(retries: 3, expiry: .after(hour))
                        public var days: Int
                    }
                    """
            )
        )
        expectRefusal(
            of: "@Job(within: database) struct Cleanup: Job {}",
            Refusal(message: "on a struct @Job takes no arguments; enter the scope inside 'run()'", column: 14)
        )
    }

    @Test("a struct that a worker could not make is refused")
    func unreachable() {
        expectRefusal(
            of: "@Job struct Box<Value>: Job {}",
            Refusal(
                message:
                    "a generic struct cannot be found by a worker, which could not know its types; "
                    + "register each type by 'jobs:'",
                column: 16
            )
        )
        expectRefusal(
            of: "func f() {\n    @Job struct Inner: Job {}\n}",
            Refusal(
                message:
                    "a local declaration cannot be a job, since no worker could reach it; move it out of the function",
                line: 2,
                column: 17
            )
        )
    }
}
