import RoostMacros
import SwiftDiagnostics
import SwiftParser
import SwiftSyntax
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

private let macros = ["Job": MacroSpec(type: JobMacro.self)]

/// `source` after expansion, as a file `Jobs.swift` of a module `App`.
func expanded(_ source: String) -> String {
    let file = Parser.parse(source: source)
    let context = BasicMacroExpansionContext(
        sourceFiles: [file: .init(moduleName: "App", fullFilePath: "Jobs.swift")]
    )
    let result = file.expand(
        macroSpecs: macros,
        contextGenerator: {
            BasicMacroExpansionContext(sharingWith: context, lexicalContext: $0.allMacroLexicalContexts())
        },
        indentationWidth: .spaces(4)
    )
    for diagnostic in context.diagnostics {
        Issue.record("unexpected: \(diagnostic.message)")
    }
    return result.description
}

/// Expects the expansion of `source` to hold each of `parts`.
func expectExpansion(
    of source: String,
    holds parts: String...,
    sourceLocation: Testing::SourceLocation = #_sourceLocation
) {
    let text = expanded(source)
    for part in parts where !text.contains(part) {
        Issue.record("'\(part)' is not in:\n\(text)", sourceLocation: sourceLocation)
    }
}

/// Expects the expansion of `source` to hold none of `parts`.
func expectExpansion(
    of source: String,
    lacks parts: String...,
    sourceLocation: Testing::SourceLocation = #_sourceLocation
) {
    let text = expanded(source)
    for part in parts where text.contains(part) {
        Issue.record("'\(part)' is in:\n\(text)", sourceLocation: sourceLocation)
    }
}

/// Expects the whole expansion of `source`.
func expectExpansion(of source: String, is expected: String, at location: TestFailureLocation) {
    expect(source, expandsTo: expected, diagnostics: [], at: location)
}

/// What a refusal says, where, and what its fix-it makes of the source.
struct Refusal {
    var message: String
    var line = 1
    var column: Int
    var fixIts: [String] = []
    var fixed: String?
}

/// Expects no code for `source`, and the one message.
func expectRefusal(
    of source: String,
    _ refusal: Refusal,
    fileID: StaticString = #fileID,
    filePath: StaticString = #filePath,
    line: UInt = #line,
    column: UInt = #column
) {
    expect(
        source,
        // What is left when the attribute made nothing.
        expandsTo: source.replacing(/@Job(\([^)]*\))? ?/, with: ""),
        diagnostics: [
            DiagnosticSpec(
                message: refusal.message,
                line: refusal.line,
                column: refusal.column,
                fixIts: refusal.fixIts.map { FixItSpec(message: $0) }
            )
        ],
        applying: refusal.fixed == nil ? nil : refusal.fixIts,
        fixed: refusal.fixed,
        at: TestFailureLocation(fileID: fileID, filePath: filePath, line: line, column: column)
    )
}

private func expect(
    _ source: String,
    expandsTo expected: String,
    diagnostics: [DiagnosticSpec],
    applying fixIts: [String]? = nil,
    fixed: String? = nil,
    at location: TestFailureLocation
) {
    assertMacroExpansion(
        source,
        expandedSource: expected,
        diagnostics: diagnostics,
        macroSpecs: macros,
        applyFixIts: fixIts,
        fixedSource: fixed,
        testModuleName: "App",
        testFileName: "Jobs.swift",
        failureHandler: { failure in
            Issue.record(
                "\(failure.message)",
                sourceLocation: Testing::SourceLocation(
                    fileID: location.fileID,
                    filePath: location.filePath,
                    line: location.line,
                    column: location.column
                )
            )
        }
    )
}
